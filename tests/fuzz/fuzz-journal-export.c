/* SPDX-License-Identifier: MIT */
/* Journal entries as text, the first byte saying how: the export format gives
 * the same entries in whatever pieces it comes, none larger than it may be, and
 * a JSON line gives one entry of the export format. */
#include "parse-fuzz.h"
#include "recount/intern.h"
#include "recount/source.h"

struct sum { /* of what came */
	uint64_t entries, broken, hash;
};

static void
check_entry(struct str raw, bool cut)
{
	struct journal_entry e;
	struct log_event ev;

	if (raw.n > JOURNAL_ENTRY_BYTES_MAX || raw.n == 0)
		abort();
	check_inside(raw, raw);
	if (journal_entry_read(raw, cut, &e) == 0) {
		check_inside(e.cursor, raw);
		if (e.realtime == USEC_NONE)
			abort();
	}
	if (parse_journal(raw, &ev) == PARSE_OK)
		check_event(&ev, raw);
}

static void
note(struct exported *x, enum exported_result r, struct sum *sum)
{
	struct str raw;
	bool cut;

	if (r == EXPORTED_BROKEN)
		sum->broken++;
	if (r != EXPORTED_ENTRY)
		return;
	raw = exported_raw(x, &cut);
	check_entry(raw, cut);
	sum->entries++;
	sum->hash = hash64_seed(raw.p, raw.n, sum->hash) + cut;
}

static struct sum
read_in_pieces(struct str bytes, size_t piece)
{
	CLEANUP(exported_free) struct exported *x = exported_new();
	struct sum sum = {0};

	while (bytes.n > 0) {
		struct str now = str_sub(bytes, 0, piece);

		bytes = str_skip(bytes, piece);
		while (now.n > 0)
			note(x, exported_take(x, &now), &sum);
	}
	note(x, exported_end(x), &sum);
	return sum;
}

/* What came of a line is one entry, unless it has nothing but empty names. */
static void
check_json(struct str line)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct sum sum;
	bool cut = false;

	if (journal_json_export(line, &out, &cut) < 0 ||
	    out.n + 1 > JOURNAL_ENTRY_BYTES_MAX)
		return;
	buf_addc(&out, '\n');
	sum = read_in_pieces(buf_str(&out), out.n);
	if (sum.broken > 0 || sum.entries > 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data + 1, size - 1};
	struct sum whole, some, single;

	if (size == 0)
		return 0;
	if (data[0] == 'j') {
		check_json(bytes);
		return 0;
	}
	whole = read_in_pieces(bytes, bytes.n + 1);
	some = read_in_pieces(bytes, 7);
	single = read_in_pieces(bytes, 1);
	if (memcmp(&whole, &some, sizeof(whole)) != 0 ||
	    memcmp(&whole, &single, sizeof(whole)) != 0)
		abort();
	return 0;
}
