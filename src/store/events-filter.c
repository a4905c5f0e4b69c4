/* SPDX-License-Identifier: MIT */
/*
 * Conditions on "events" that are looked at before rows are made: the time
 * and the id choose segments, and the rest is compared inside the columns, so
 * that a segment without a matching row is never decoded further, let alone
 * its lines.
 *
 * SQLite compares everything once more, by its own rules of types and
 * affinity.  So a condition whose value is of an unexpected type is simply
 * not used here, and none of those rules is repeated.
 */
#include "events-table.h"

struct events_test {
	const struct events_column *col;
	char how; /* one of the letters of events_filter_takes() */
	double real;
	int64_t *ints;
	struct str *strings; /* each one copied */
	size_t n;            /* values: more than 1 only for 'i' */
};

enum values { INTS, REALS, STRINGS };

static enum values
values_of(const struct events_column *col)
{
	switch (col->value) {
	case VALUE_SPAN:
		return REALS;
	case VALUE_KIND:
	case VALUE_PATTERN:
	case VALUE_STRING:
		return STRINGS;
	default:
		return INTS;
	}
}

static char
letter_of(unsigned char op)
{
	switch (op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return '=';
	case SQLITE_INDEX_CONSTRAINT_LT:
		return '<';
	case SQLITE_INDEX_CONSTRAINT_LE:
		return 'l';
	case SQLITE_INDEX_CONSTRAINT_GT:
		return '>';
	case SQLITE_INDEX_CONSTRAINT_GE:
		return 'g';
	default:
		return 0;
	}
}

static bool
is_time(const struct events_column *col)
{
	return col->value == VALUE_TIME ||
	       (col->value == VALUE_USEC && col->field == INT_TIMESTAMP);
}

char
events_filter_takes(int column, unsigned char op, bool in)
{
	const struct events_column *col;
	char how = letter_of(op);

	if (how == 0 || column >= (int)n_events_columns)
		return 0;
	col = &events_columns[column < 0 ? 0 : column];
	if (col->value == VALUE_ID) /* or the rowid, which is the same */
		return how == '=' ? how : 0;
	if (col->value == VALUE_ROUTE || col->value >= VALUE_OFFSET)
		return 0;
	if (is_time(col))
		return how;
	if (how == '=')
		return in ? 'i' : '=';
	return values_of(col) == STRINGS ? 0 : how;
}

/* ---- taking values ---- */

static struct str
text_of(sqlite3_value *v)
{
	const char *p = (const char *)sqlite3_value_text(v);

	return (struct str){p ? p : "", (size_t)sqlite3_value_bytes(v)};
}

static void
add_id(struct events_filter *f, int column, sqlite3_value *v)
{
	uint64_t id = 0;

	if (column < 0 && sqlite3_value_type(v) == SQLITE_INTEGER)
		id = (uint64_t)sqlite3_value_int64(v);
	else if (column < 0 || sqlite3_value_type(v) != SQLITE_TEXT)
		return;
	else if (event_id_parse(text_of(v), &id) < 0)
		f->nothing = true;
	f->nothing = f->nothing || (f->by_id && f->id != id);
	f->by_id = true;
	f->id = id;
}

static void
add_time(struct events_filter *f, const struct events_column *col, char how,
    sqlite3_value *v)
{
	usec_t t;

	if (col->value == VALUE_TIME) {
		if (sqlite3_value_type(v) != SQLITE_TEXT ||
		    !sql_time_begins(text_of(v), &t))
			return;
	} else {
		if (sqlite3_value_type(v) != SQLITE_INTEGER)
			return;
		t = sqlite3_value_int64(v);
	}
	/* A text that only begins a time lies before all it begins, so the
	 * strict comparisons are not used as such. */
	if (how != '<' && how != 'l' && t > f->since)
		f->since = t;
	if (how != '>' && how != 'g' && t < f->until)
		f->until = t;
}

static void
add_value(struct events_test *t, sqlite3_value *v)
{
	const enum values values = values_of(t->col);
	const int type = sqlite3_value_type(v);

	if (values == STRINGS) {
		struct str s = type == SQLITE_TEXT ? text_of(v) : STR_NULL;

		t->strings =
		    xreallocarray(t->strings, t->n + 1, sizeof(*t->strings));
		t->strings[t->n++] = (struct str){str_dup(s), s.n};
	} else if (values == REALS) {
		t->real = sqlite3_value_double(v);
		t->n = 1;
	} else {
		t->ints = xreallocarray(t->ints, t->n + 1, sizeof(*t->ints));
		t->ints[t->n++] = sqlite3_value_int64(v);
	}
}

/* Whether values of this type compare as those of the column do. */
static bool
is_plain(const struct events_column *col, sqlite3_value *v)
{
	switch (values_of(col)) {
	case STRINGS:
		return sqlite3_value_type(v) == SQLITE_TEXT;
	case REALS:
		return sqlite3_value_type(v) == SQLITE_FLOAT ||
		       sqlite3_value_type(v) == SQLITE_INTEGER;
	default:
		return sqlite3_value_type(v) == SQLITE_INTEGER;
	}
}

static void
test_end(struct events_test *t)
{
	for (size_t i = 0; t->strings != NULL && i < t->n; i++)
		xfree((void *)(uintptr_t)t->strings[i].p);
	xfree(t->strings);
	xfree(t->ints);
}

/* All values of a list; false when one of them compares in another way. */
static bool
add_list(struct events_test *t, sqlite3_value *list)
{
	sqlite3_value *v;
	int r;

	for (r = sqlite3_vtab_in_first(list, &v); r == SQLITE_OK && v != NULL;
	     r = sqlite3_vtab_in_next(list, &v)) {
		if (sqlite3_value_type(v) == SQLITE_NULL)
			continue;
		if (!is_plain(t->col, v) || values_of(t->col) == REALS)
			return false;
		add_value(t, v);
	}
	return r == SQLITE_DONE || r == SQLITE_OK;
}

void
events_filter_add(
    struct events_filter *f, int column, char how, sqlite3_value *v)
{
	const struct events_column *col =
	    &events_columns[column < 0 ? 0 : column];
	struct events_test t = {.col = col, .how = how};
	bool taken;

	if (how == 'i') {
		taken = add_list(&t, v);
	} else if (sqlite3_value_type(v) == SQLITE_NULL) {
		f->nothing = true; /* nothing compares with it */
		return;
	} else if (col->value == VALUE_ID) {
		add_id(f, column, v);
		return;
	} else if (is_time(col)) {
		add_time(f, col, how, v);
		return;
	} else {
		taken = is_plain(col, v);
		if (taken)
			add_value(&t, v);
	}
	if (!taken) {
		test_end(&t);
		return;
	}
	f->tests = xreallocarray(f->tests, f->n + 1, sizeof(*f->tests));
	f->tests[f->n++] = t;
	if (col->value != VALUE_SOURCE)
		f->parts |= 1u << events_column_part(col);
}

void
events_filter_end(struct events_filter *f)
{
	for (size_t i = 0; i < f->n; i++)
		test_end(&f->tests[i]);
	xfree(f->tests);
	*f = (struct events_filter){0};
}

/* ---- comparing ---- */

static bool
fits_order(char how, int order)
{
	switch (how) {
	case '<':
		return order < 0;
	case 'l':
		return order <= 0;
	case '>':
		return order > 0;
	case 'g':
		return order >= 0;
	default:
		return order == 0;
	}
}

static bool
fits_int(const struct events_test *t, int64_t v)
{
	for (size_t i = 0; i < t->n; i++)
		if (fits_order(t->how, (v > t->ints[i]) - (v < t->ints[i])))
			return true;
	return false;
}

static bool
fits_str(const struct events_test *t, struct str s)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(s, t->strings[i]))
			return true;
	return false;
}

static bool
fits_pattern(const struct events_test *t, uint64_t v)
{
	char text[17];

	for (unsigned k = 0; k < 16; k++)
		text[k] = "0123456789abcdef"[v >> (60 - 4 * k) & 0xf];
	return v != 0 && fits_str(t, (struct str){text, 16});
}

static bool
fits_real(const struct events_test *t, int64_t v)
{
	const double d = (double)v / USEC_PER_SEC;

	return v >= 0 && fits_order(t->how, (d > t->real) - (d < t->real));
}

bool
events_filter_segment(
    const struct events_filter *f, const struct segment_row *row)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->tests[i].col->value == VALUE_SOURCE &&
		    !fits_int(&f->tests[i], row->source))
			return false;
	return true;
}

static bool
test_fits(const struct events_test *t, const struct segment_in *in, uint32_t at)
{
	const unsigned field = t->col->field;

	switch (t->col->value) {
	case VALUE_SOURCE: /* events_filter_segment() */
		return true;
	case VALUE_KIND:
		return fits_str(
		    t, str_of(event_kind_name(segment_kind(in, at))));
	case VALUE_STRING:
		return fits_str(t, strings_at(&in->strings[field], at));
	case VALUE_PATTERN:
		return fits_pattern(t, (uint64_t)ints_at(&in->ints[field], at));
	case VALUE_SPAN:
		return fits_real(t, ints_at(&in->ints[field], at));
	case VALUE_UNPARSED:
		return fits_int(
		    t, (ints_at(&in->ints[field], at) & EVENT_UNPARSED) != 0);
	default: /* an unknown one, below 0, is NULL to SQLite */
		return fits_int(t, ints_at(&in->ints[field], at));
	}
}

bool
events_filter_row(
    const struct events_filter *f, const struct cached *e, uint32_t at)
{
	const usec_t t = segment_timestamp(&e->in, at);

	if (t < f->since || t > f->until)
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (!test_fits(&f->tests[i], &e->in, at))
			return false;
	return true;
}
