/* SPDX-License-Identifier: MIT */
/*
 * Rows as text, in the forms that the sqlite3 shell has and under its names,
 * safe to print as everything else here: control bytes are escaped, cells of
 * CSV cannot be formulas, JSON keeps every byte.  Only raw gives the bytes
 * themselves.
 *
 * Rows are printed while the query runs.  Tables need to know how wide their
 * columns are, so the first rows are kept until there are TABLE_ROWS; cells
 * of later rows that are wider than all of those stick out.
 */
#include "sql-text.h"

#include <stdio.h>

#include "event-text.h"
#include "recount/csv.h"
#include "recount/utf8.h"

#define OUT_BYTES ((size_t)64 * 1024) /* written in one go */
#define TABLE_ROWS 1000u
#define TABLE_BYTES ((size_t)1024 * 1024)

struct sql_text {
	const struct form *form;
	struct buf out;
	uint64_t rows; /* of this statement */
	unsigned begun;

	struct str *names; /* of this statement's columns; owned */
	size_t n;

	/* Tables: cells kept, one after the other, and how wide they are. */
	struct buf cells;
	struct cell {
		size_t n;
		unsigned width;
	} * kept;
	size_t n_kept, kept_size;
	unsigned *widths;
	bool settled; /* widths are final, the head is out */
};

struct form {
	const char *name;
	void (*columns)(struct sql_text *t);
	void (*row)(struct sql_text *t, const struct store_cell *cells);
	void (*end)(struct sql_text *t);
};

void
sql_text_flush(struct sql_text *t)
{
	if (t->out.n > 0)
		fwrite(t->out.p, 1, t->out.n, stdout);
	buf_reset(&t->out);
}

static void
nothing(struct sql_text *t)
{
}

/* ---- tables ---- */

static bool is_markdown(const struct sql_text *t);

static void
add_bar(struct sql_text *t)
{
	const char corner = is_markdown(t) ? '|' : '+';

	for (size_t i = 0; i < t->n; i++) {
		buf_addc(&t->out, corner);
		for (unsigned k = 0; k < t->widths[i] + 2; k++)
			buf_addc(&t->out, '-');
	}
	buf_addc(&t->out, corner);
	buf_addc(&t->out, '\n');
}

static void
add_row(struct sql_text *t, const char *text, const struct cell *cells)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_adds(&t->out, "| ");
		buf_add(&t->out, text, cells[i].n);
		text += cells[i].n;
		for (unsigned k = cells[i].width; k < t->widths[i] + 1; k++)
			buf_addc(&t->out, ' ');
	}
	buf_adds(&t->out, "|\n");
}

/* Print what was kept. */
static void
table_drain(struct sql_text *t)
{
	const char *text = t->cells.p;

	for (size_t row = 0; row + t->n <= t->n_kept; row += t->n) {
		add_row(t, text, t->kept + row);
		for (size_t i = 0; i < t->n; i++)
			text += t->kept[row + i].n;
		if (row == 0 && !t->settled)
			add_bar(t);
	}
	buf_reset(&t->cells);
	t->n_kept = 0;
}

static void
table_settle(struct sql_text *t)
{
	for (size_t i = 0; i < t->n_kept; i++)
		if (t->kept[i].width > t->widths[i % t->n])
			t->widths[i % t->n] = t->kept[i].width;
	if (!is_markdown(t))
		add_bar(t);
	table_drain(t);
	t->settled = true;
}

static void
keep_cell(struct sql_text *t, struct str value)
{
	const size_t from = t->cells.n;
	CLEANUP(buf_free) struct buf safe = BUF_INIT;
	struct str s;

	utf8_add_printable(&safe, value);
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '|' && is_markdown(t))
			buf_addc(&t->cells, '\\');
		buf_addc(&t->cells, safe.p[i]);
	}
	if (t->n_kept == t->kept_size) {
		t->kept_size = t->kept_size ? 2 * t->kept_size : 64;
		t->kept =
		    xreallocarray(t->kept, t->kept_size, sizeof(*t->kept));
	}
	s = str_skip(buf_str(&t->cells), from);
	t->kept[t->n_kept++] = (struct cell){s.n, utf8_columns(s)};
}

static void
table_columns(struct sql_text *t)
{
	xfree(t->widths);
	t->widths = xcalloc(t->n + 1, sizeof(*t->widths));
	t->settled = false;
	for (size_t i = 0; i < t->n; i++)
		keep_cell(t, t->names[i]);
}

static void
table_row(struct sql_text *t, const struct store_cell *cells)
{
	for (size_t i = 0; i < t->n; i++)
		keep_cell(t, cells[i].text);
	if (t->settled)
		table_drain(t);
	else if (t->rows >= TABLE_ROWS || t->cells.n > TABLE_BYTES)
		table_settle(t);
}

static void
table_end(struct sql_text *t)
{
	if (!t->settled)
		table_settle(t);
	if (!is_markdown(t))
		add_bar(t);
}

/* ---- text with something between ---- */

static void
csv_columns(struct sql_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		csv_add(&t->out, t->names[i], i + 1 < t->n ? ',' : '\n');
}

static void
csv_row(struct sql_text *t, const struct store_cell *cells)
{
	for (size_t i = 0; i < t->n; i++) {
		const char end = i + 1 < t->n ? ',' : '\n';

		if (cells[i].type == STORE_CELL_TEXT ||
		    cells[i].type == STORE_CELL_BLOB) {
			csv_add(&t->out, cells[i].text, end);
			continue;
		}
		buf_add_str(&t->out, cells[i].text);
		buf_addc(&t->out, end);
	}
}

static void
tabs_columns(struct sql_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		utf8_add_printable(&t->out, t->names[i]);
		buf_addc(&t->out, i + 1 < t->n ? '\t' : '\n');
	}
}

static void
add_joined(struct sql_text *t, const struct store_cell *cells, char between)
{
	for (size_t i = 0; i < t->n; i++) {
		utf8_add_printable(&t->out, cells[i].text);
		buf_addc(&t->out, i + 1 < t->n ? between : '\n');
	}
}

static void
tabs_row(struct sql_text *t, const struct store_cell *cells)
{
	add_joined(t, cells, '\t');
}

static void
list_row(struct sql_text *t, const struct store_cell *cells)
{
	add_joined(t, cells, '|');
}

static void
raw_row(struct sql_text *t, const struct store_cell *cells)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_add_str(&t->out, cells[i].text);
		buf_addc(&t->out, i + 1 < t->n ? '\t' : '\n');
	}
}

/* ---- JSON ---- */

static void
add_string(struct buf *out, struct str s)
{
	buf_addc(out, '"');
	utf8_add_json(out, s);
	buf_addc(out, '"');
}

static void
add_object(struct sql_text *t, const struct store_cell *cells)
{
	struct buf *out = &t->out;

	buf_addc(out, '{');
	for (size_t i = 0; i < t->n; i++) {
		const struct str s = cells[i].text;
		const char last = s.n > 0 ? s.p[s.n - 1] : 0;

		if (i > 0)
			buf_addc(out, ',');
		add_string(out, t->names[i]);
		buf_addc(out, ':');
		if (cells[i].type == STORE_CELL_TEXT ||
		    cells[i].type == STORE_CELL_BLOB)
			add_string(out, s);
		else if (last >= '0' && last <= '9')
			buf_add_str(out, s);
		else /* SQL's infinities are no numbers to JSON */
			buf_adds(out, "null");
	}
	buf_addc(out, '}');
}

static void
jsonl_row(struct sql_text *t, const struct store_cell *cells)
{
	add_object(t, cells);
	buf_addc(&t->out, '\n');
}

static void
json_row(struct sql_text *t, const struct store_cell *cells)
{
	buf_adds(&t->out, t->rows == 1 ? "[" : ",\n");
	add_object(t, cells);
}

static void
json_end(struct sql_text *t)
{
	buf_adds(&t->out, t->rows == 0 ? "[]\n" : "]\n");
}

/* ---- all of them ---- */

static const struct form forms[] = {
    {"table", table_columns, table_row, table_end},
    {"text", table_columns, table_row, table_end},
    {"markdown", table_columns, table_row, table_end},
    {"csv", csv_columns, csv_row, nothing},
    {"tabs", tabs_columns, tabs_row, nothing},
    {"list", nothing, list_row, nothing},
    {"json", nothing, json_row, json_end},
    {"jsonl", nothing, jsonl_row, nothing},
    {"raw", nothing, raw_row, nothing},
};

static bool
is_markdown(const struct sql_text *t)
{
	return strcmp(t->form->name, "markdown") == 0;
}

void
sql_text_names(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", forms[i].name);
}

struct sql_text *
sql_text_new(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct sql_text *t;

		if (name != NULL && strcmp(name, forms[i].name) != 0)
			continue;
		t = xcalloc(1, sizeof(*t));
		t->form = &forms[i];
		return t;
	}
	return NULL;
}

static void
forget_names(struct sql_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		xfree((void *)(uintptr_t)t->names[i].p);
	xfree(t->names);
	t->names = NULL;
	t->n = 0;
}

void
sql_text_free(struct sql_text *t)
{
	if (t == NULL)
		return;
	forget_names(t);
	buf_free(&t->out);
	buf_free(&t->cells);
	xfree(t->kept);
	xfree(t->widths);
	xfree(t);
}

static int
begin_statement(void *arg, const struct str *names, size_t n)
{
	struct sql_text *t = arg;

	forget_names(t);
	t->names = xcalloc(n + 1, sizeof(*t->names));
	for (size_t i = 0; i < n; i++)
		t->names[i] = (struct str){str_dup(names[i]), names[i].n};
	t->n = n;
	t->rows = 0;
	if (is_markdown(t) && t->begun++ > 0)
		buf_addc(&t->out, '\n');
	if (n > 0)
		t->form->columns(t);
	return 0;
}

static int
take_row(void *arg, const struct store_cell *cells, size_t n)
{
	struct sql_text *t = arg;

	t->rows++;
	t->form->row(t, cells);
	if (t->out.n >= OUT_BYTES)
		sql_text_flush(t);
	return ferror(stdout);
}

static int
end_statement(void *arg)
{
	struct sql_text *t = arg;

	if (t->n > 0)
		t->form->end(t);
	return 0;
}

const struct store_answer sql_text_answer = {
    .columns = begin_statement, .row = take_row, .end = end_statement};
