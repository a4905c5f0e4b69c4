/* SPDX-License-Identifier: MIT */
/*
 * Streams of syslog cut into messages.  Every row is fed in pieces of every
 * size, which must not make a difference.
 */
#include "table.h"

#include <errno.h>

#include "recount/listen.h"

#define MAX 12 /* bytes of a message that are kept */
#define TEN "0123456789"

static const struct row {
	const char *name;
	struct str bytes;
	/* "message" or "message~missing", each with a newline behind it; then
	 * "!" when the stream is broken, or "." and what its end gives. */
	const char *want;
	enum frame_mode mode;
} rows[] = {
    {"nothing", STR(""), ".", FRAME_UNKNOWN},
    {"lines", STR("<1>a\n<2>b\n"), "<1>a\n<2>b\n.", FRAME_LINES},
    {"a line without its newline", STR("<1>a\n<2>b"), "<1>a\n.<2>b\n",
	FRAME_LINES},
    {"NUL for newline", STR("<1>a\0<2>b\0"), "<1>a\n<2>b\n.", FRAME_LINES},
    {"newline and NUL", STR("<1>a\n\0<2>b\n\0"), "<1>a\n<2>b\n.", FRAME_LINES},
    {"CR stays", STR("<1>a\r\n"), "<1>a\r\n.", FRAME_LINES},
    {"empty lines", STR("\n\n<1>a\n\n\n<2>b\n"), "<1>a\n<2>b\n.", FRAME_LINES},
    {"lines that begin with digits", STR("12 a\n34\n"), "12 a\n34\n.",
	FRAME_LINES},
    {"an ISO time is no length", STR("2026-03-04 a\n"), "2026-03-04 a\n.",
	FRAME_LINES},
    {"more digits than a length has", STR("1234567890 <\n"), "1234567890 <\n.",
	FRAME_LINES},
    {"a length of nothing", STR("0 <1>a\n"), "0 <1>a\n.", FRAME_LINES},
    {"garbage", STR("\xff\xfe\x01\n"), "\xff\xfe\x01\n.", FRAME_LINES},
    {"a long line", STR("<1>" TEN TEN "\n<2>b\n"), "<1>012345678~11\n<2>b\n.",
	FRAME_LINES},
    {"a line as long as may be", STR("<1>012345678\n"), "<1>012345678\n.",
	FRAME_LINES},
    {"lengths", STR("4 <1>a4 <2>b"), "<1>a\n<2>b\n.", FRAME_COUNTED},
    {"lengths, and newlines within", STR("6 <1>a\nb4 <2>b"), "<1>a\nb\n<2>b\n.",
	FRAME_COUNTED},
    {"a newline that is counted", STR("5 <1>a\n4 <2>b"), "<1>a\n<2>b\n.",
	FRAME_COUNTED},
    {"a NUL that is counted",
	STR("5 <1>a\0"
	    "4 <2>b"),
	"<1>a\n<2>b\n.", FRAME_COUNTED},
    {"a newline that is not", STR("4 <1>a\n4 <2>b\r\n"), "<1>a\n<2>b\n.",
	FRAME_COUNTED},
    {"a long message", STR("23 <1>" TEN TEN "4 <2>b"),
	"<1>012345678~11\n<2>b\n.", FRAME_COUNTED},
    {"a message cut by the end", STR("4 <1>a9 <2>b"), "<1>a\n.<2>b~5\n",
	FRAME_COUNTED},
    {"a length cut by the end", STR("4 <1>a12"), "<1>a\n.", FRAME_COUNTED},
    {"one message without '<' among others", STR("4 <1>a1 x"), "<1>a\nx\n.",
	FRAME_COUNTED},
    {"out of step", STR("4 <1>abc 4 <2>b"), "<1>a\n!", FRAME_COUNTED},
    {"a length with a zero before it", STR("4 <1>a04 <2>b"), "<1>a\n!",
	FRAME_COUNTED},
    {"an endless length", STR("4 <1>a9999999999"), "<1>a\n!", FRAME_COUNTED},
    {"a length beyond all measure", STR("4 <1>a99999999 <"), "<1>a\n!",
	FRAME_COUNTED},
    {"TLS", STR("\x16\x03\x01\x02\x00"), "!", FRAME_UNKNOWN},
};

static void
add(struct buf *out, const struct frame *f)
{
	buf_add_str(out, f->text);
	if (f->dropped)
		buf_addf(out, "~%llu", (unsigned long long)f->dropped);
	buf_addc(out, '\n');
}

static void
feed(struct str bytes, size_t step, struct buf *out, enum frame_mode *ret_mode)
{
	CLEANUP(framer_free) struct framer f = {.max = MAX};
	enum frame_result r = FRAME_MORE;
	struct frame frame;

	while (bytes.n > 0 && r != FRAME_BROKEN) {
		struct str piece = str_sub(bytes, 0, step);

		bytes = str_skip(bytes, piece.n);
		while ((r = frame_next(&f, &piece, &frame)) == FRAME_MESSAGE)
			add(out, &frame);
		if (r == FRAME_MORE)
			assert_int_equal(piece.n, 0);
		assert_true(f.part.n <= MAX);
	}
	*ret_mode = f.mode;
	if (r == FRAME_BROKEN) {
		assert_non_null(f.trouble);
		buf_addc(out, '!');
		return;
	}
	buf_addc(out, '.');
	if (frame_end(&f, &frame) == FRAME_MESSAGE)
		add(out, &frame);
}

static void
cuts(void **state)
{
	const struct row *row = *state;

	for (size_t step = 1; step <= row->bytes.n + 1; step++) {
		CLEANUP(buf_free) struct buf out = BUF_INIT;
		enum frame_mode mode;

		buf_adds(&out, "");
		feed(row->bytes, step, &out, &mode);
		assert_string_equal(out.p, row->want);
		assert_int_equal(mode, row->mode);
	}
}

static const struct address_row {
	const char *name, *text;
	int want; /* scheme, or -1 */
	const char *host, *port, *path;
} addresses[] = {
    {"UDP", "udp://0.0.0.0:514", LISTEN_UDP, "0.0.0.0", "514", ""},
    {"the default port", "tcp://10.0.0.1", LISTEN_TCP, "10.0.0.1", "514", ""},
    {"the default port of TLS", "tls://*", LISTEN_TLS, "", "6514", ""},
    {"any address", "tcp://:1514", LISTEN_TCP, "", "1514", ""},
    {"IPv6", "udp://[2001:db8::1]:1514", LISTEN_UDP, "2001:db8::1", "1514", ""},
    {"IPv6 without brackets", "udp://::1", LISTEN_UDP, "::1", "514", ""},
    {"a path", "unix:/run/recount/log", LISTEN_UNIX, "", "",
	"/run/recount/log"},
    {"systemd's", "systemd:syslog", LISTEN_SYSTEMD, "", "", "syslog"},
    {"no scheme", "0.0.0.0:514", -1, "", "", ""},
    {"a port that is none", "udp://:syslog", -1, "", "", ""},
    {"a port too large", "udp://:65536", -1, "", "", ""},
    {"a slash", "udp://:514/", -1, "", "", ""},
    {"a bracket left open", "udp://[::1:514", -1, "", "", ""},
    {"a relative path", "unix:log", -1, "", "", ""},
    {"no path", "unix:", -1, "", "", ""},
};

static void
reads_address(void **state)
{
	const struct address_row *row = *state;
	struct listen_address a = {.scheme = LISTEN_UDP};
	struct reterr err = {""};
	int r = listen_address_parse(str_of(row->text), &a, &err);

	assert_int_equal(r, row->want < 0 ? -EINVAL : 0);
	if (row->want < 0) {
		assert_true(err.text[0] != '\0');
		return;
	}
	assert_int_equal(a.scheme, row->want);
	assert_string_equal(a.host, row->host);
	assert_string_equal(a.port, row->port);
	assert_string_equal(a.path, row->path);
}

static void
counts_survive(void **state)
{
	struct listen_counts a = {.accepted = 1,
	    .messages = 2,
	    .bytes = 3,
	    .lost = 4,
	    .limited = UINT64_MAX,
	    .socket = 6,
	    .drops = 7,
	    .error = "10.0.0.1:1: no=length where one belongs"};
	struct listen_counts b;
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	listen_counts_write(&a, &text);
	assert_true(listen_counts_read(buf_str(&text), &b));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_false(listen_counts_read(STR(""), &b));
	assert_false(listen_counts_read(STR("s=0123;i=5"), &b));
}

int
main(void)
{
	const struct CMUnitTest others[] = {cmocka_unit_test(counts_survive)};
	int failed = 0;

	failed += TABLE_RUN(rows, cuts);
	failed += TABLE_RUN(addresses, reads_address);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed;
}
