// SPDX-License-Identifier: MIT
// What the cases ask a page.  Set into it from outside, past its policy.
window.test = {
	doubled() {
		const ids = [...document.querySelectorAll('[id]')]
			.map((e) => e.id);
		return ids.filter((id, i) => ids.indexOf(id) !== i);
	},
	dead_links() {
		return [...document.querySelectorAll('a[href]')]
			.map((a) => a.getAttribute('href'))
			.filter((h) => h[0] !== '#' ||
				!document.getElementById(h.slice(1)));
	},
	// Per item, the text of each line that it unfolds to.
	evidence() {
		return [...document.querySelectorAll('.item')].map((item) =>
			[...item.querySelectorAll('pre')]
				.map((pre) => pre.textContent));
	},
	visible(selector) {
		const e = document.querySelector(selector);
		return !!e && e.checkVisibility();
	},
	focused() {
		const e = document.activeElement.parentElement;
		return e ? e.id : null;
	},
	box(selector) {
		const e = document.querySelector(selector);
		e.scrollIntoView({ block: 'center', behavior: 'instant' });
		return e.getBoundingClientRect().toJSON();
	},
	choose(name, value) {
		const s = document.querySelector(`#filters [name=${name}]`);
		s.value = value;
		s.dispatchEvent(new Event('change'));
	},
	search(word) {
		const s = document.querySelector('#filters input');
		s.value = word;
		s.dispatchEvent(new Event('input'));
	},
	items_shown() {
		return [...document.querySelectorAll('.item')]
			.filter((i) => i.checkVisibility()).length;
	},
	options() {
		return [...document.querySelectorAll('#filters option')]
			.map((o) => o.textContent);
	},
	// Elements and attributes that the renderer never writes.
	foreign() {
		const ours = new Set(('a b body br button circle code dd details ' +
			'div dl dt footer g h1 h2 head header html input label li ' +
			'line main meta nav ol option output p path pre rect ' +
			'script section select span strong style summary svg ' +
			'table tbody td text th thead time title tr ul caption')
			.split(' '));
		const found = [];
		for (const e of document.querySelectorAll('*')) {
			if (!ours.has(e.localName))
				found.push(e.localName);
			for (const a of e.attributes)
				if (a.name.startsWith('on') || (a.name === 'href' &&
				    a.value[0] !== '#') || a.name === 'src')
					found.push(`${e.localName} ${a.name}`);
		}
		for (const name of ['script', 'style', 'title'])
			if (document.querySelectorAll(`html > * > ${name}`)
			    .length > 1)
				found.push(`two of ${name}`);
		return found;
	},
	// Controls, bidi controls and the like in what is shown.
	obeyed() {
		const found = new Set();
		const walk = document.createTreeWalker(document.body,
			NodeFilter.SHOW_TEXT);
		const harm = new RegExp('[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c' +
			'\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]', 'g');
		while (walk.nextNode()) {
			if (walk.currentNode.parentElement.closest('script'))
				continue;
			for (const c of walk.currentNode.data.match(harm) || [])
				found.add(c.charCodeAt(0).toString(16));
		}
		for (const e of document.querySelectorAll('[data-kind]'))
			for (const v of Object.values(e.dataset))
				for (const c of v.match(harm) || [])
					found.add(`data ${c.charCodeAt(0).toString(16)}`);
		return [...found];
	},

	// ---- contrast, as WCAG counts it ----
	rgba(text) {
		const n = text.match(/[\d.]+/g).map(Number);
		return text.startsWith('color(srgb')
			? [...n.slice(0, 3).map((v) => v * 255), n[3] ?? 1]
			: [n[0], n[1], n[2], n[3] ?? 1];
	},
	luminance(c) {
		const [r, g, b] = c.slice(0, 3).map((v) => {
			v /= 255;
			return v <= 0.04045 ? v / 12.92
				: ((v + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	},
	contrast(a, b) {
		const [x, y] = [this.luminance(a), this.luminance(b)];
		return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
	},
	behind(e) {
		for (; e; e = e.parentElement) {
			const c = this.rgba(getComputedStyle(e).backgroundColor);
			if (c[3] === 1)
				return c;
		}
		return [255, 255, 255, 1];
	},
	over(top, alpha, below) {
		return top.slice(0, 3).map((v, i) =>
			v * alpha + below[i] * (1 - alpha));
	},
	// What a chart's text may stand on: the card, and each phase on it.
	grounds(e) {
		const card = this.behind(e);
		return [card, ...[...document.querySelectorAll('.band')].map((b) => {
			const style = getComputedStyle(b);
			return this.over(this.rgba(style.fill),
				Number(style.fillOpacity), card);
		})];
	},
	faint_text() {
		const found = new Set();
		const walk = document.createTreeWalker(document.body,
			NodeFilter.SHOW_TEXT);
		while (walk.nextNode()) {
			const e = walk.currentNode.parentElement;
			if (!walk.currentNode.data.trim() || !e.checkVisibility() ||
			    e.closest('script, title'))
				continue;
			const style = getComputedStyle(e);
			const chart = e.closest('svg');
			const colour = this.rgba(chart ? style.fill : style.color);
			const pin = e.closest('.pin') &&
				e.closest('.pin').querySelector('circle');
			const grounds = pin
				? [this.rgba(getComputedStyle(pin).fill)]
				: chart ? this.grounds(e) : [this.behind(e)];
			for (const ground of grounds) {
				const ratio = this.contrast(colour, ground);
				if (ratio < 4.5)
					found.add(`${e.localName}.${e.className.baseVal ??
						e.className}: ${ratio.toFixed(2)}`);
			}
		}
		return [...found];
	},
	faint_curves() {
		const found = [];
		const plot = document.getElementById('plot');
		for (const [name, property] of [['.failed-area', 'fill'],
			['.all-line', 'stroke'], ['.p50', 'stroke'],
			['.p95', 'stroke'], ['.p99', 'stroke'],
			['.usual', 'stroke'], ['.turn', 'stroke'],
			['.pin circle', 'stroke']]) {
			const e = plot.querySelector(name);
			const colour = this.rgba(getComputedStyle(e)[property]);
			const grounds = this.grounds(plot);
			if (name === '.failed-area')
				grounds.push(this.rgba(getComputedStyle(
					plot.querySelector('.all-area')).fill));
			for (const ground of grounds) {
				const ratio = this.contrast(colour, ground);
				if (ratio < 3)
					found.push(`${name}: ${ratio.toFixed(2)}`);
			}
		}
		return found;
	},
};
