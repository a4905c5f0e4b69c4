// SPDX-License-Identifier: MIT
//
// What the page can do beyond unfolding.  Nothing in here makes content: it
// shows, hides and moves what the page holds already, and takes the numbers
// of the crosshair from the page's own table.  Text only ever becomes text
// (textContent), so what a log line says stays what it says.
'use strict';
(() => {
	const $ = (id) => document.getElementById(id);
	const make = (tag, properties, ...children) => {
		const e = Object.assign(document.createElement(tag), properties);
		e.append(...children);
		return e;
	};

	// ---- light, dark, or as the system has it ----
	const themes = ['auto', 'light', 'dark'];
	const root = document.documentElement;
	const store = (value) => {
		try { // a file may have no storage
			if (value)
				localStorage.setItem('recount-theme', value);
			return localStorage.getItem('recount-theme');
		} catch (e) {
			return null;
		}
	};
	const show_theme = (theme) => {
		if (theme === 'auto')
			delete root.dataset.theme;
		else
			root.dataset.theme = theme;
		$('theme').textContent = 'Theme: ' + theme;
	};
	if ($('theme')) {
		let theme = themes.includes(store()) ? store() : 'auto';
		show_theme(theme);
		$('theme').hidden = false;
		$('theme').addEventListener('click', () => {
			theme = themes[(themes.indexOf(theme) + 1) % 3];
			store(theme);
			show_theme(theme);
		});
	}

	// ---- a link into something folded unfolds it ----
	const unfold = (hash) => {
		const target = hash.length > 1 &&
			$(decodeURIComponent(hash.slice(1)));
		if (!target)
			return;
		for (let e = target; e; e = e.parentElement) {
			if (e.tagName === 'DETAILS')
				e.open = true;
			if (e.classList.contains('item'))
				e.hidden = false;
		}
		const summary = target.querySelector(':scope > summary');
		(summary || target).scrollIntoView({ block: 'center' });
		if (summary)
			summary.focus({ preventScroll: true });
	};
	addEventListener('hashchange', () => unfold(location.hash));
	document.addEventListener('click', (event) => {
		const a = event.target.closest('a');
		const href = a && a.getAttribute('href');
		if (href && href[0] === '#' && href === location.hash) {
			event.preventDefault(); // no change, no hashchange
			unfold(href);
		}
	});
	unfold(location.hash);

	// ---- commands to copy ----
	if (navigator.clipboard) {
		for (const code of document.querySelectorAll('code.command')) {
			const b = make('button', {
				type: 'button',
				className: 'copy',
				textContent: 'Copy',
				ariaLabel: 'Copy the command',
			});
			b.addEventListener('click', () => {
				navigator.clipboard.writeText(code.textContent).then(
					() => { b.textContent = 'Copied'; },
					() => { b.textContent = 'Not allowed'; });
			});
			code.after(b);
		}
	}

	// ---- the timeline: filters ----
	const items = [...document.querySelectorAll('#items > .item')];
	const shown = () => items.filter((i) => !i.hidden);
	const filters = $('filters');
	const selects = [];
	const search = make('input', {
		type: 'search',
		placeholder: 'Search',
		ariaLabel: 'Search the timeline',
	});
	const count = make('output', { ariaLive: 'polite' });
	const all = make('button', { type: 'button' });
	const say_all = () => {
		const open = shown().some((i) => i.firstElementChild.open);
		all.textContent = open ? 'Fold all' : 'Unfold all';
	};
	const filter = () => {
		const word = search.value.toLowerCase();
		for (const item of items) {
			item.hidden = selects.some((s) => s.value !== '' &&
				item.dataset[s.name] !== s.value) ||
				!item.textContent.toLowerCase().includes(word);
		}
		count.textContent = `${shown().length} of ${items.length}`;
		say_all();
	};
	const add_select = (name) => {
		const values = [...new Set(items.map((i) => i.dataset[name]))]
			.filter((v) => v !== '');
		if (values.length < 2)
			return;
		const select = make('select', { name, ariaLabel: name },
			make('option', { value: '', textContent: `any ${name}` }),
			...values.map((v) =>
				make('option', { value: v, textContent: v })));
		select.addEventListener('change', filter);
		selects.push(select);
		filters.append(select);
	};
	if (filters) {
		['kind', 'phase', 'host', 'service'].forEach(add_select);
		search.addEventListener('input', filter);
		all.addEventListener('click', () => {
			const open = all.textContent === 'Unfold all';
			for (const item of shown())
				item.firstElementChild.open = open;
			say_all();
		});
		filters.append(search, all, count);
		filters.hidden = false;
		filter();
		// toggle does not bubble, but can be caught on its way down
		$('items').addEventListener('toggle', say_all, true);
	}

	// ---- the timeline: keys ----
	const move_to = (item) => {
		const summary = item && item.querySelector('summary');
		if (!summary)
			return;
		summary.focus();
		item.scrollIntoView({ block: 'nearest' });
	};
	if ($('items')) {
		$('items').addEventListener('keydown', (event) => {
			const item = event.target.closest('.item');
			const list = shown();
			const at = list.indexOf(item);
			const to = {
				ArrowDown: at + 1, j: at + 1,
				ArrowUp: at - 1, k: at - 1,
				Home: 0, End: list.length - 1,
			}[event.key];
			if (event.ctrlKey || event.altKey || event.metaKey ||
			    event.target.tagName !== 'SUMMARY')
				return;
			if (to !== undefined) {
				event.preventDefault();
				move_to(list[Math.max(0,
					Math.min(to, list.length - 1))]);
			} else if (event.key === 'Escape') {
				item.firstElementChild.open = false;
				move_to(item);
			}
		});
	}

	// ---- the chart: one stop for the pins, arrows between them ----
	const pins = [...document.querySelectorAll('.pin')];
	pins.forEach((pin, i) => {
		pin.setAttribute('tabindex', i === 0 ? '0' : '-1');
		pin.addEventListener('keydown', (event) => {
			const to = {
				ArrowRight: i + 1, ArrowLeft: i - 1,
				Home: 0, End: pins.length - 1,
			}[event.key];
			if (to === undefined || !pins[to])
				return;
			event.preventDefault();
			pin.setAttribute('tabindex', '-1');
			pins[to].setAttribute('tabindex', '0');
			pins[to].focus();
		});
	});

	// ---- the chart: crosshair ----
	const plot = $('plot');
	const rows = [...document.querySelectorAll('#points tbody tr')];
	if (!plot || rows.length === 0)
		return;
	const head = [...document.querySelectorAll('#points thead th')]
		.map((th) => th.textContent);
	const cross = $('cross'), readout = $('readout');
	const begins = rows.map((row) =>
		Date.parse(row.querySelector('time').dateTime));
	const since = Date.parse(plot.dataset.since);
	const until = Date.parse(plot.dataset.until);
	const slider = make('div', {
		id: 'slider', tabIndex: 0, role: 'slider',
		ariaLabel: 'Time; arrow keys move',
		ariaValueMin: '0', ariaValueMax: String(rows.length - 1),
		ariaValueNow: '0',
	});
	let at = 0;
	const show_step = (to) => {
		at = Math.max(0, Math.min(to, rows.length - 1));
		const cells = [...rows[at].children].map((c) => c.textContent);
		const end = at + 1 < begins.length ? begins[at + 1] : until;
		const middle = (begins[at] + end) / 2;
		const part = (middle - since) / (until - since);
		const lines = cells.slice(1)
			.map((cell, i) => `${head[i + 1]}: ${cell || 'none'}`);
		readout.replaceChildren(make('b', { textContent: cells[0] }),
			...lines.flatMap((line) => [line, make('br')]));
		readout.hidden = false;
		const x = part * slider.clientWidth + slider.offsetLeft;
		readout.style.left = part < 0.5 ? `${x + 14}px` : 'auto';
		readout.style.right = part < 0.5 ? 'auto'
			: `${plot.clientWidth - x + 14}px`;
		cross.setAttribute('x1', `${part * 100}%`);
		cross.setAttribute('x2', `${part * 100}%`);
		cross.classList.add('on');
		slider.ariaValueNow = String(at);
		slider.ariaValueText = [cells[0], ...lines].join(', ');
	};
	const hide = () => {
		readout.hidden = true;
		cross.classList.remove('on');
	};
	const under = (event) => {
		const box = slider.getBoundingClientRect();
		const t = since +
			(event.clientX - box.left) / box.width * (until - since);
		const next = begins.findIndex((b) => b > t);
		return next < 0 ? begins.length - 1 : next - 1;
	};
	slider.ariaValueText = rows[0].textContent;
	slider.addEventListener('pointermove', (e) => show_step(under(e)));
	slider.addEventListener('pointerdown', (e) => show_step(under(e)));
	slider.addEventListener('pointerleave', () => {
		if (document.activeElement !== slider)
			hide();
	});
	slider.addEventListener('focus', () => show_step(at));
	slider.addEventListener('blur', hide);
	slider.addEventListener('keydown', (event) => {
		const to = {
			ArrowRight: at + 1, ArrowLeft: at - 1,
			ArrowUp: at + 1, ArrowDown: at - 1,
			PageUp: at + 10, PageDown: at - 10,
			Home: 0, End: rows.length - 1,
		}[event.key];
		if (event.key === 'Escape')
			hide();
		if (to === undefined)
			return;
		event.preventDefault();
		show_step(to);
	});
	plot.append(slider);
})();
