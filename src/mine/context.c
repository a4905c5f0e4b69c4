/* SPDX-License-Identifier: MIT */
/*
 * Contexts: which records are alike but for one slot, one chunk or two slots.
 * A context is known by a hash of what is left of and right of what it leaves
 * out, so that each record is entered once per slot and nobody is compared
 * with anybody.  Open addressing with linear probing; nothing is ever removed.
 */
#include "miner.h"

uint64_t
mine_context_key(
    const char *skeleton, size_t n, struct slot at, enum context_kind kind)
{
	uint64_t key = hash64_seed(skeleton, at.at, kind);
	size_t behind = (size_t)at.at + at.n;

	key = hash64_seed(skeleton + behind, n - behind, key);
	return key ? key : 1;
}

uint64_t
mine_pair_key(const char *skeleton, size_t n, struct slot a, struct slot b)
{
	uint64_t key = hash64_seed(skeleton, a.at, KIND_PAIR);
	size_t from = (size_t)a.at + a.n;

	key = hash64_seed(skeleton + from, b.at - from, key);
	from = (size_t)b.at + b.n;
	key = hash64_seed(skeleton + from, n - from, key);
	return key ? key : 1;
}

struct context *
mine_context_find(const struct miner *m, uint64_t key)
{
	uint32_t mask = m->size_contexts - 1;

	if (m->size_contexts == 0)
		return NULL;
	for (uint32_t i = (uint32_t)key & mask;; i = (i + 1) & mask) {
		if (m->contexts[i].key == key)
			return &m->contexts[i];
		if (m->contexts[i].key == 0)
			return NULL;
	}
}

static void
contexts_grow(struct miner *m)
{
	uint32_t size = m->size_contexts ? m->size_contexts * 2 : 1024;
	struct context *old = m->contexts;

	m->contexts = xcalloc(size, sizeof(*old));
	for (uint32_t i = 0; i < m->size_contexts; i++) {
		uint32_t j = (uint32_t)old[i].key & (size - 1);

		if (old[i].key == 0)
			continue;
		while (m->contexts[j].key != 0)
			j = (j + 1) & (size - 1);
		m->contexts[j] = old[i];
	}
	m->size_contexts = size;
	xfree(old);
}

struct context *
mine_context_at(struct miner *m, uint64_t key)
{
	struct context *c = mine_context_find(m, key);
	uint32_t i;

	if (c != NULL || m->n_contexts >= MINE_CONTEXTS_MAX)
		return c;
	if (m->n_contexts * 2 >= m->size_contexts)
		contexts_grow(m);
	i = (uint32_t)key & (m->size_contexts - 1);
	while (m->contexts[i].key != 0)
		i = (i + 1) & (m->size_contexts - 1);
	m->contexts[i].key = key;
	m->n_contexts++;
	return &m->contexts[i];
}

bool
mine_context_join(struct miner *m, struct context *c, uint32_t record)
{
	if (m->n_nodes >= MINE_NODES_MAX)
		return false;
	if (m->n_nodes == m->size_nodes) {
		m->size_nodes = m->size_nodes ? m->size_nodes * 2 : 1024;
		m->nodes =
		    xreallocarray(m->nodes, m->size_nodes, sizeof(*m->nodes));
	}
	m->nodes[m->n_nodes++] = (struct node){record, c->nodes};
	c->nodes = m->n_nodes;
	return true;
}

void
mine_contexts_free(struct miner *m)
{
	xfree(m->contexts);
	xfree(m->nodes);
	xfree(m->wide);
}
