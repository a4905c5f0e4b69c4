/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_MUSTACHE_TREE_H
#define RECOUNT_REPORT_MUSTACHE_TREE_H

/* A template as read.  Nodes borrow from its text. */

#include "recount/mustache.h"

enum mustache_kind {
	MUSTACHE_NODE_TEXT, /* of one line, with its newline */
	MUSTACHE_NODE_VALUE,
	MUSTACHE_NODE_VALUE_RAW,
	MUSTACHE_NODE_SECTION,
	MUSTACHE_NODE_INVERTED,
	MUSTACHE_NODE_PARTIAL,
	MUSTACHE_NODE_PARENT,
	MUSTACHE_NODE_BLOCK,
	/* While reading only: */
	MUSTACHE_NODE_CLOSE,
	MUSTACHE_NODE_NOTHING, /* a comment, other delimiters */
};

struct mustache_node {
	enum mustache_kind kind;
	struct str name;   /* or the text */
	bool dynamic;      /* a partial's name is to be looked up */
	bool first;        /* of its line, as far as it is rendered */
	bool alone;        /* a partial, parent or block on lines of its own */
	bool dropped;      /* blanks around what is alone; what it closes */
	struct str indent; /* of what is alone */
	struct str eol;    /* of a block that is alone: how its line ended */
	unsigned line, column;
	struct mustache_node *child, *next;
};

struct mustache_template {
	char *name, *path; /* name: as a partial */
	struct buf text;
	bool missing;
	struct mustache_node *nodes, *root;
	size_t n, size;
};

/* Read t->text, which stays as it is.  0, or -EINVAL with the place in err. */
int mustache_parse(struct mustache_template *t, struct reterr *err);
void mustache_template_end(struct mustache_template *t);
/* -code, with t's path and where n stands before the reason. */
int mustache_fault(const struct mustache_template *t,
    const struct mustache_node *n, int code, struct reterr *err,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* ---- mustache-lines.c ---- */

/* Decide what is alone on its line, and drop the blanks around it. */
void mustache_lines(struct mustache_template *t);
/* The content of a block that is alone loses the indentation that its lines
 * have in common, which becomes the block's. */
void mustache_dedent(struct mustache_node *block);

#endif
