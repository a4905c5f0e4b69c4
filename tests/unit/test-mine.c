/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#include "recount/mine.h"

/*
 * Each row gives messages, one a line, a letter for each that says with which
 * others it belongs once all were seen, and the template of the first.
 */
static const struct grouping {
	const char *name, *messages, *want, *template;
} groupings[] = {
    {"an empty message has a pattern", "\n \n\t\nx", "aaab", ""},
    {"numbers are values", "took 5 of 7\ntook 12 of 99", "aa",
	"took <num> of <num>"},
    {"addresses, with a port or without",
	"from 192.0.2.1\nfrom 192.0.2.77:8080\nfrom /192.0.2.7:80", "aaa",
	"from <ip>"},
    {"a name with a port is a host", "open db.example.net:5432 now", "a",
	"open db.example.net:5432 now"},
    {"hosts that differ", "open a.example.net:80 ok\nopen b.example.net:81 ok",
	"aa", "open <host> ok"},
    {"a source file with a line is none", "at main.c:17 oops\nat foo.c:17 oops",
	"ab", "at main.c:<num> oops"},
    {"identifiers",
	"id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 up\n"
	"id 4f2504e0-4f89-11d3-9a0c-0305e82c3301 up",
	"aa", "id <uuid> up"},
    {"numbers and hexadecimal are one place", "at 00112233 x\nat 00aabbcc x",
	"aa", "at <*> x"},
    {"hexadecimal without a digit", "dear deadbeef x\ndear 00aabbcc x", "aa",
	"dear <hex> x"},
    {"a size is one value", "sent 512 bytes\nsent 1.5 KB\nsent 20MB", "aaa",
	"sent <size>"},
    {"said twice is said once", "got 4096 bytes (4.0 KB) ok\ngot 0 bytes ok",
	"aa", "got <size> ok"},
    {"durations", "lasted 3 seconds.\nlasted <1 sec.\nlasted 20ms.", "aaa",
	"lasted <duration>."},
    {"a date is one value",
	"at Fri Jun 17 07:07:00 2005 ok\nat Mon Oct 3 17:00:59 2006 ok", "aa",
	"at <time> ok"},
    {"paths, shown while they are the same", "open /etc/a\nopen /etc/a", "aa",
	"open /etc/a"},
    {"paths that differ", "open /etc/a\nopen C:\\x\\y", "aa", "open <path>"},
    {"a method and a path", "GET /a HTTP/1.1\nGET /b HTTP/1.1\nPUT /a HTTP/1.1",
	"aab", "GET <path> HTTP/1.1"},
    {"lists of any length", "ids 1 2 3 end\nids 1, 2 end\nids 7 end", "aaa",
	"ids <num> end"},
    {"a missing value in a list", "fans ( 10 ** 20 )\nfans ( 10 20 30 )", "aa",
	"fans ( <num> )"},
    {"a hex dump", "Code: c5 fe 6f ff\nCode: c5 ff be 00 11", "aa",
	"Code: <hex>"},
    {"key=value keeps its key", "a=1 b=x\na=2 b=x\na=1 c=x", "aab",
	"a=<num> b=x"},
    {"a value left out", "user= id=1\nuser=7 id=1", "aa", "user=<*> id=<num>"},
    {"an empty pair of brackets", "from 192.0.2.1 ()\nfrom 192.0.2.1 (h1)",
	"aa", "from <ip> (<*>)"},
    {"a call is no value left out", "f() ok\nf(1) ok", "ab", "f() ok"},
    {"true and false", "on=true x\non=false x", "aa", "on=<*> x"},
    {"quoted words", "no unit 'a'\nno unit 'b'", "aa", "no unit '<*>'"},
    {"what JSON says is not a value",
	"{\"event\": \"started\"}\n{\"event\": \"stopped\"}", "ab",
	"{\"event\": \"started\"}"},
    {"dot leaders end a word", "load error....0\nsave error....0", "ab",
	"load error...<num>"},
    {"ornaments of any length", "-------- done\n----- done", "aa", "--- done"},
    {"words with a digit, shown while they are the same", "eth0: up\neth0: up",
	"aa", "eth0: up"},
    {"words with a digit that differ", "eth0: up\neth1: up", "aa", "<*>: up"},
    {"few words stay apart", "VM 1 started ok\nVM 2 stopped ok\nVM 1 paused ok",
	"abc", "VM <num> started ok"},
    {"words that tell what happened stay apart longer",
	"VM 1 started ok\nVM 2 stopped ok\nVM 1 paused ok\nVM 1 resumed ok\n"
	"VM 1 crashed ok",
	"abcde", "VM <num> started ok"},
    {"behind a preposition three words are values",
	"no space is left on alpha now\nno space is left on beta now\n"
	"no space is left on gamma now",
	"aaa", "no space is left on <*> now"},
    {"hardware addresses, whatever they begin with",
	"lease to fe:12:34:56:78:ab now\nlease to 00:12:34:56:78:9a now", "aa",
	"lease to <mac> now"},
    {"a port behind an address, a word behind both",
	"192.0.2.1:80:Got it\n192.0.2.2:81:Got it", "aa", "<ip>:Got it"},
    {"what came before a wide pattern joins it",
	"pod in space red went from aa\npod in space sky went from bb\n"
	"pod in space red went from cc\npod in space red went from dd\n"
	"pod in space red went from ee\npod in space blue went from aa\n"
	"pod in space blue went from bb\npod in space blue went from cc\n"
	"pod in space blue went from dd\npod in space pink went from aa\n"
	"pod in space pink went from bb\npod in space pink went from cc\n"
	"pod in space gray went from aa\npod in space gray went from bb\n"
	"pod in space gray went from cc",
	"aaaaaaaaaaaaaaa", "pod in space <*> went from <*>"},
    {"many words at one place are values",
	"login of anna was refused\nlogin of bert was refused\n"
	"login of carl was refused\nlogin of dora was refused\n"
	"login of emil was refused\nlogin of fred was refused",
	"aaaaaa", "login of <*> was refused"},
    {"a word and a number at one place",
	"login of anna was refused\nlogin of 17 was refused", "aa",
	"login of <*> was refused"},
    {"names after \"for user\"",
	"opened for user anna\nopened for user bert\nopened for user carl",
	"aaa", "opened for user <*>"},
    {"the first word is the subject",
	"a startup succeeded\nb startup succeeded\nc startup succeeded\n"
	"d startup succeeded\ne startup succeeded\nf startup succeeded",
	"abcdef", "a startup succeeded"},
    {"a chunk with a value where others have only the value",
	"clock set to LOCAL(0), stratum 10\nclock set to 192.0.2.1, stratum 2",
	"aa", "clock set to <*>, stratum <num>"},
    {"two names with dots at once",
	"register a.b.C for class x.Y now\nregister d.e.F for class z.A now\n"
	"register g.h.I for class b.C now\nregister j.k.L for class d.E now",
	"aaaa", "register <*> for class <*> now"},
    {"types last through a merge",
	"login of anna from 192.0.2.1 port 5 was refused\n"
	"login of 99 from 192.0.2.1 port 5 was refused",
	"aa", "login of <*> from <ip> port <num> was refused"},
    {"white space does not matter", "a  b\tc 1\n a b c  1 ", "aa",
	"a b c <num>"},
};

static void
groups(void **state)
{
	const struct grouping *row = *state;
	CLEANUP(miner_free) struct miner *m = miner_new();
	struct str rest = str_of(row->messages), template;
	uint64_t ids[32], first[32] = {0};
	size_t n = 0;

	while (n < strlen(row->want)) {
		struct str message;

		rest = str_cut(rest, '\n', &message);
		ids[n] = miner_add(m, message, NULL);
		assert_int_not_equal(ids[n], 0);
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t id = miner_resolve(m, ids[i]);
		unsigned group = (unsigned)row->want[i] - 'a';

		for (unsigned g = 0; g < 26; g++) {
			if (g == group && first[g] == 0)
				first[g] = id;
			else if (g == group)
				assert_int_equal(first[g], id);
			else
				assert_int_not_equal(first[g], id);
		}
	}
	template = miner_template(m, ids[0]);
	assert_int_equal(template.n, strlen(row->template));
	assert_memory_equal(
	    template.p ? template.p : "", row->template, template.n);
}

/* Messages of a made-up service, the i-th always the same. */
static void
message_at(unsigned i, struct buf *b)
{
	static const char *const names[] = {
	    "anna", "bert", "carl", "dora", "emil", "fred", "gerd", "hans"};
	static const char *const verbs[] = {
	    "opened", "closed", "dropped", "moved"};
	uint32_t x = i * 2654435761u;

	buf_reset(b);
	switch (x >> 29) {
	case 0:
		buf_addf(b, "session %u %s for user %s", i, verbs[(x >> 8) % 4],
		    names[(x >> 12) % 8]);
		break;
	case 1:
		buf_addf(b, "job %s.%s of queue %s.%s was put off",
		    names[(x >> 8) % 8], names[(x >> 11) % 8],
		    names[(x >> 14) % 8], names[(x >> 17) % 8]);
		break;
	case 2:
		buf_addf(b, "peer 192.0.2.%u %s after %u ms", x & 255,
		    verbs[(x >> 8) % 4], i);
		break;
	case 3:
		buf_addf(b, "%s-service says %s=%s", names[(x >> 8) % 8],
		    verbs[(x >> 12) % 4], names[(x >> 15) % 8]);
		break;
	default:
		buf_addf(b, "%c%c %s with code %u at %s(%u)",
		    'a' + (x >> 8) % 26, 'a' + (x >> 13) % 26,
		    verbs[(x >> 18) % 4], x % 7, names[(x >> 20) % 8], x % 3);
	}
}

#define MESSAGES 20000

struct kept {
	struct {
		uint64_t pattern;
		struct buf state;
	} rows[8192];
	size_t n;
};

static int
keep(void *arg, uint64_t pattern, struct str template, struct str state)
{
	struct kept *k = arg;
	size_t i = 0;

	while (i < k->n && k->rows[i].pattern != pattern)
		i++;
	if (i == k->n) {
		assert_true(k->n < ARRAY_SIZE(k->rows));
		k->rows[k->n].pattern = pattern;
		k->rows[k->n++].state = BUF_INIT;
	}
	buf_reset(&k->rows[i].state);
	buf_add_str(&k->rows[i].state, state);
	return 0;
}

static void
kept_free(struct kept *k)
{
	for (size_t i = 0; i < k->n; i++)
		buf_free(&k->rows[i].state);
	xfree(k);
}
DEFINE_CLEANUP(struct kept *, kept_free)

static void
test_same_input_same_ids(void **state)
{
	CLEANUP(miner_free) struct miner *a = miner_new();
	CLEANUP(miner_free) struct miner *b = miner_new();
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	for (unsigned i = 0; i < MESSAGES; i++) {
		message_at(i, &line);
		assert_int_equal(miner_add(a, buf_str(&line), NULL),
		    miner_add(b, buf_str(&line), NULL));
	}
}

/* Saved after every so many messages, restored in another order. */
static void
test_restored_goes_on(void **state)
{
	CLEANUP(kept_free) struct kept *k = xcalloc(1, sizeof(*k));
	CLEANUP(miner_free) struct miner *a = miner_new();
	CLEANUP(miner_free) struct miner *b = miner_new();
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	unsigned merged = 0;

	for (unsigned i = 0; i < MESSAGES; i++) {
		uint64_t want, id;

		message_at(i, &line);
		want = miner_add(a, buf_str(&line), NULL);
		id = miner_add(b, buf_str(&line), NULL);
		assert_int_equal(id, want);
		if (i % 997 != 0)
			continue;
		assert_int_equal(miner_each_changed(b, keep, k), 0);
		miner_free(b);
		b = miner_new();
		for (size_t j = 0; j < k->n; j++) {
			size_t at = i % 2 ? j : k->n - 1 - j;

			assert_int_equal(miner_restore(b, k->rows[at].pattern,
					     buf_str(&k->rows[at].state)),
			    0);
		}
	}
	assert_int_equal(miner_each_changed(b, keep, k), 0);
	for (size_t j = 0; j < k->n; j++) {
		uint64_t into = mine_state_survivor(buf_str(&k->rows[j].state));
		uint64_t resolved = miner_resolve(a, k->rows[j].pattern);

		merged += into != 0;
		assert_int_equal(into != 0, resolved != k->rows[j].pattern);
		assert_true(str_eq(
		    miner_template(a, resolved), miner_template(b, resolved)));
	}
	assert_true(merged > 0);
}

static int
count(void *arg, uint64_t pattern, struct str template, struct str state)
{
	(*(size_t *)arg)++;
	assert_true(template.n > 0);
	return 0;
}

static int
refuse(void *arg, uint64_t pattern, struct str template, struct str state)
{
	return (*(int *)arg)-- > 0 ? 0 : -28;
}

static void
test_changes_are_told_once(void **state)
{
	CLEANUP(miner_free) struct miner *m = miner_new();
	bool changed = false;
	size_t n = 0;
	int room = 1;

	miner_add(m, STR("open /a"), &changed);
	assert_true(changed);
	changed = false;
	miner_add(m, STR("open /a"), &changed);
	assert_false(changed);
	miner_add(m, STR("open /b"), &changed);
	assert_true(changed);
	miner_add(m, STR("other"), NULL);
	/* What could not be stored is told again. */
	assert_int_equal(miner_each_changed(m, refuse, &room), -28);
	assert_int_equal(miner_each_changed(m, count, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(miner_each_changed(m, count, &n), 0);
	assert_int_equal(n, 1);
}

static void
test_damaged_state_is_refused(void **state)
{
	CLEANUP(kept_free) struct kept *k = xcalloc(1, sizeof(*k));
	CLEANUP(miner_free) struct miner *m = miner_new();
	CLEANUP(miner_free) struct miner *b = miner_new();
	struct str whole;
	uint64_t id;

	id = miner_add(m, STR("eth0: up after 17 s"), NULL);
	assert_int_equal(miner_each_changed(m, keep, k), 0);
	whole = buf_str(&k->rows[0].state);
	for (size_t n = 0; n < whole.n; n++)
		assert_int_equal(
		    miner_restore(b, id, str_sub(whole, 0, n)), -22);
	assert_int_equal(miner_restore(b, id + 1, whole), -22);
	assert_int_equal(miner_restore(b, 0, whole), -22);
	assert_int_equal(miner_template(b, id).n, 0);
	assert_int_equal(miner_restore(b, id, whole), 0);
	assert_int_equal(miner_restore(b, id, whole), -22);
	assert_true(
	    str_eq(miner_template(b, id), STR("eth0: up after <duration>")));
}

/* A sender of words that never come twice. */
static void
test_patterns_are_bounded(void **state)
{
	CLEANUP(miner_free) struct miner *m = miner_new();
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	size_t patterns = 0;

	for (uint32_t i = 0; i < MINE_PATTERNS_MAX + 20000; i++) {
		uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;

		buf_reset(&line);
		for (unsigned word = 0; word < 3; word++) {
			for (unsigned k = 0; k < 4; k++) {
				buf_addc(&line, (char)('g' + x % 20));
				x /= 20;
			}
			buf_addc(&line, word == 1 ? ':' : ' ');
		}
		assert_int_not_equal(miner_add(m, buf_str(&line), NULL), 0);
	}
	assert_int_equal(miner_each_changed(m, count, &patterns), 0);
	assert_in_range(patterns, MINE_PATTERNS_MAX / 2, MINE_PATTERNS_MAX);
	/* A known pattern still is one. */
	assert_int_equal(
	    miner_add(m, STR("new 1"), NULL), miner_add(m, STR("new 2"), NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_input_same_ids),
	    cmocka_unit_test(test_restored_goes_on),
	    cmocka_unit_test(test_changes_are_told_once),
	    cmocka_unit_test(test_damaged_state_is_refused),
	    cmocka_unit_test(test_patterns_are_bounded),
	};

	return TABLE_RUN(groupings, groups) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
