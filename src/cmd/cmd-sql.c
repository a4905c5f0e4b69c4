/* SPDX-License-Identifier: MIT */
/*
 * sql: questions of one's own.
 *
 * The query is the operands, or comes from standard input where there is
 * none, so that a longer one can stand in a file.  Rows are printed while the
 * query runs; what went wrong after the first of them is said at the end.
 */
#include <stdio.h>

#include "cmd.h"
#include "sql-text.h"

#define QUERY_BYTES_MAX ((size_t)1024 * 1024)

static int
read_query(struct cmd_context *c, struct buf *query)
{
	char block[4096];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), stdin)) > 0) {
		buf_add(query, block, n);
		if (query->n > QUERY_BYTES_MAX)
			return cmd_usage(c, "the query is over %zu bytes long",
			    QUERY_BYTES_MAX);
	}
	if (ferror(stdin))
		return cmd_fail(c, "standard input cannot be read");
	if (query->n == 0)
		return cmd_usage(c, "what is asked?");
	if (memchr(query->p, '\0', query->n) != NULL)
		return cmd_usage(c, "the query holds a zero byte");
	return EXIT_DONE;
}

static int
run_sql(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(sql_text_free) struct sql_text *text = sql_text_new(c->output);
	CLEANUP(buf_free) struct buf query = BUF_INIT;
	struct reterr err = {""};
	uint64_t damaged = 0;
	int r;

	if (text == NULL) {
		sql_text_names(&query);
		return cmd_usage(c, "-o wants one of %s", query.p);
	}
	for (size_t i = 0; i < c->argc; i++)
		buf_addf(&query, "%s%s", i > 0 ? " " : "", c->argv[i]);
	if (c->argc == 0) {
		r = read_query(c, &query);
		if (r != EXIT_DONE)
			return r;
	}
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	cmd_pager(c);
	r = store_sql(
	    st, query.n ? query.p : "", &sql_text_answer, text, &damaged, &err);
	sql_text_flush(text);
	if (r < 0)
		return cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
	if (damaged > 0)
		return cmd_fail(c,
		    "%llu damaged segments were left out; 'recount check' "
		    "says which",
		    (unsigned long long)damaged);
	return EXIT_DONE;
}

const struct cmd cmd_sql = {
    .name = "sql",
    .synopsis = "[-o FORMAT] [QUERY]",
    .help = "ask the events and what else is in the store in SQL",
    .outputs = "table, markdown, csv, tabs, list, json, jsonl, raw",
    .run = run_sql,
};
