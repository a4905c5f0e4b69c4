/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#include "recount/mine.h"

/*
 * A miner that knows most messages by their text answers as one that forgets
 * them all the time.  Messages are made of pieces that look at each other:
 * units behind numbers, pairs of hexadecimal digits, quotes, dates, lists.
 *
 * RECOUNT_SEEDS=N makes more of them.
 */

#define PIECES_MAX 8
#define VARIANTS 12
#define MESSAGES 40000

static uint64_t state;

static unsigned
pick(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

/* In a piece: 0 some digits, 1 one digit, 2 one or two, h some hexadecimal
 * digits, H one, a some letters; the byte behind a backslash is itself. */
static const char *const pieces[] = {"0", "0", "0", "0.0", "2", "1", "-0",
    "+0.0", "*0", "#0", "0%", "0s", "0ms", "0d", "0B", "0KB", "0MHz", "0x0h",
    "h", "h", "hhh", "HH", "\\c\\5", "\\f\\e", "\\1\\2", "H", "deadbeef",
    "2.2.2.2", "2.2.2.2", "0.2.2.2", "2.2.2.2:0", "/2.2.2.2:0", "2.2.2.2/2",
    "2.2.2.2#0", "HHHHHHHH-HHHH-HHHH-HHHH-HHHHHHHHHHHH", "HH:HH:HH:HH:HH:HH",
    "22:22:22", "2:2:2", "2222-22-22", "2222-22-22T22:22:22Z", "22/22/2222",
    "fe80::HHHH:HH", "H:H:H", "u0", "user0", "u1", "eth1", "a0a", "a0", "a.0",
    "mail2.example.net", "a.a.com", "a1.com", "a.net:0", "main.c:0", "db:0",
    "db:u0", "ab:a", "pam:a:0", "a1:0", "key:-0", "key:2.2.2.2", "key:/a",
    "/a/b0", "/a/a", "/a/a.log", "C:\\\\a0", "http://a.a.net/a0", "a0@a.net",
    "a@b2.example.org", "'a'", "'a0'", "'0'", "\"a0\"", "\"a\"", "`a0'",
    "\"a 0\"", "'a 0'", "it's", "it's0", "don't", "a'0", "\"k\":0",
    "\"k\":\"a0\"", "a....0", "a...", "0...", "...0", "**", "**0", "--", "-",
    "****", "(0)", "( 0 0 )", "[0]", "()", "[]", "{0}", "user=", "user=0",
    "user=a0", "k=h", "<0", "<0 sec", ">0s", "0 ms", "0 MB", "0 bytes (0.0 KB)",
    "0 sec(s)", "Jan 2", "Jun", "Mon", "Mon,", "Fri Jun 2 22:22:22 2222", "Sat",
    "true", "null", "none", "on", "a", "a", "failed", "for", "from", "port",
    "ms", "s", "KB", "ms0", "s.0", "ms:0", "0;0", "0|0", "a0,b0",
    "\\\\\\0\\1\\2", "\xc3\xa9",
    "\xc3\xa9"
    "0",
    "a\x01"
    "0",
    "%0", "$0", "&0", "0-0", "a-0", "a_0", "0_0", "0e0", "0a",
    "A0:", "h:", "a0.", "0.", "h.", "0:", "0-", "a0-", "x0!", "0!",
    "SHA256:ha0/h+h"};

static const char *const betweens[] = {" ", " ", " ", " ", " ", " ", "  ", ", ",
    ",", "=", ":", ": ", "(", ") ", " (", "[", "]", "", "\t", "; ", "/", " - ",
    "'", "\"", " <", "> ", "|", ".", " ** "};

static void
put(struct buf *b, const char *piece)
{
	static const char hex[] = "0123456789abcdef";
	unsigned n;

	for (const char *p = piece; *p != '\0'; p++) {
		switch (*p) {
		case '0':
			for (n = 1 + pick(pick(3) ? 3 : 8); n-- > 0;)
				buf_addc(b, (char)('0' + pick(10)));
			break;
		case '1':
			buf_addc(b, (char)('0' + pick(10)));
			break;
		case '2':
			for (n = 1 + pick(2); n-- > 0;)
				buf_addc(b, (char)('0' + pick(10)));
			break;
		case 'h':
			for (n = 4 + pick(8); n-- > 0;)
				buf_addc(b, hex[pick(16)]);
			break;
		case 'H':
			buf_addc(b, hex[pick(16)]);
			break;
		case 'a':
			for (n = 1 + pick(pick(9) ? 4 : 80); n-- > 0;)
				buf_addc(b, (char)('a' + pick(26)));
			break;
		case '\\':
			p++;
			/* fall through */
		default:
			buf_addc(b, *p);
		}
	}
}

struct plan {
	unsigned n;
	const char *pieces[PIECES_MAX], *betweens[PIECES_MAX];
	char fixed[PIECES_MAX][128]; /* what a piece was the first time */
};

static void
plan_make(struct plan *p)
{
	p->n = 1 + pick(PIECES_MAX);
	for (unsigned i = 0; i < p->n; i++) {
		CLEANUP(buf_free) struct buf b = BUF_INIT;

		p->pieces[i] = pieces[pick(ARRAY_SIZE(pieces))];
		p->betweens[i] = betweens[pick(ARRAY_SIZE(betweens))];
		put(&b, p->pieces[i]);
		snprintf(
		    p->fixed[i], sizeof(p->fixed[i]), "%.*s", (int)b.n, b.p);
	}
}

static void
plan_write(const struct plan *p, struct buf *b)
{
	unsigned loose = pick(p->n + 1);

	buf_reset(b);
	for (unsigned i = 0; i < p->n; i++) {
		if (pick(4) == 0 || i == loose)
			put(b, p->pieces[i]);
		else
			buf_adds(b, p->fixed[i]);
		if (i + 1 < p->n)
			buf_adds(b, p->betweens[i]);
	}
	if (b->n > 0 && pick(12) == 0)
		b->p[pick((unsigned)b->n)] = " 0a.:-'\"/"[pick(9)];
	if (pick(200) == 0)
		for (unsigned n = pick(1200); n-- > 0;)
			buf_addc(b, pick(6) ? 'x' : '7');
}

static void
as_if_forgotten(void **arg)
{
	const char *seeds = getenv("RECOUNT_SEEDS");
	unsigned rounds = seeds ? (unsigned)atoi(seeds) : 1;

	(void)arg;
	for (unsigned round = 0; round < (rounds ? rounds : 1); round++) {
		CLEANUP(miner_free) struct miner *knows = miner_new();
		CLEANUP(miner_free) struct miner *forgets = miner_new();
		CLEANUP(buf_free) struct buf b = BUF_INIT;
		struct plan plans[64];

		state = round + 1;
		for (unsigned i = 0; i < MESSAGES; i++) {
			struct plan *p = &plans[pick(ARRAY_SIZE(plans))];
			bool a_changed = false, b_changed = false;
			uint64_t a_pattern, b_pattern;
			struct str s;

			if (i < ARRAY_SIZE(plans))
				plan_make(p = &plans[i]);
			else if (pick(VARIANTS * 4) == 0)
				plan_make(p);
			plan_write(p, &b);
			s = buf_str(&b);
			miner_forget(forgets);
			a_pattern = miner_add(knows, s, &a_changed);
			b_pattern = miner_add(forgets, s, &b_changed);
			if (a_pattern != b_pattern || a_changed != b_changed ||
			    !str_eq(miner_template(knows, a_pattern),
				miner_template(forgets, b_pattern)))
				fail_msg("round %u: \"%.*s\" is \"%.*s\", "
					 "not \"%.*s\"",
				    round, STR_ARG(s),
				    STR_ARG(miner_template(knows, a_pattern)),
				    STR_ARG(
					miner_template(forgets, b_pattern)));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_if_forgotten)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
