/* SPDX-License-Identifier: MIT */
/*
 * The random lives of logs.  A log is written to, by lines and by halves of
 * lines, rotated, packed, copied and truncated, while its reader comes and
 * goes and at times wants no more; whatever happens, every line that was
 * written comes exactly once and in order.
 *
 * Lives come from a fixed generator, so one that fails fails every time; to
 * look for more, raise LIVES.
 */
#include "tail-world.h"

#define LIVES 40
#define STEPS 60

struct life {
	struct world *w;
	unsigned seed;
	struct buf want;
	unsigned n; /* lines written */
	bool down, half;
};

static unsigned
chance(struct life *l, unsigned n)
{
	l->seed = l->seed * 1103515245 + 12345;
	return (l->seed >> 16) % n;
}

/* Lines that are written in two halves must be whole before a file is put
 * away, or they come as two. */
static void
life_complete(struct life *l)
{
	if (l->half) {
		world_append(l->w, "a.log", " second half\n");
		buf_adds(&l->want, " second half\n");
	}
	l->half = false;
}

static void
life_write(struct life *l)
{
	struct buf text = BUF_INIT;

	life_complete(l);
	for (unsigned i = chance(l, 200); i > 0; i--)
		buf_addf(&text, "line %u of this log %0*u\n", l->n++,
		    (int)chance(l, 60), 7);
	l->half = chance(l, 3) == 0;
	if (l->half)
		buf_addf(&text, "first half of line %u", l->n++);
	if (text.n > 0)
		world_append(l->w, "a.log", text.p);
	buf_add_str(&l->want, buf_str(&text));
	buf_free(&text);
}

/* Make room for another a.log.1. */
static void
life_shift(struct life *l)
{
	struct world *w = l->w;
	static const char *const ends[] = {"", ".gz", ".zst"};
	char from[32], to[32];

	for (int i = 60; i > 0; i--) {
		for (size_t k = 0; k < ARRAY_SIZE(ends); k++) {
			snprintf(from, sizeof(from), "a.log.%d%s", i, ends[k]);
			snprintf(to, sizeof(to), "a.log.%d%s", i + 1, ends[k]);
			if (access(world_path(w, from), F_OK) == 0)
				world_rename(w, from, to);
		}
	}
}

static void
life_pack(struct life *l)
{
	switch (chance(l, 4)) {
	case 0:
		world_shell(l->w, "gzip a.log.1");
		break;
	case 1:
		world_shell(l->w, "zstd -q --rm a.log.1");
		break;
	default:
		break;
	}
}

static void
life_rotate(struct life *l)
{
	if (access(world_path(l->w, "a.log"), F_OK) != 0)
		return;
	life_complete(l);
	life_shift(l);
	world_rename(l->w, "a.log", "a.log.1");
	life_pack(l);
	if (chance(l, 2) == 0)
		world_append(l->w, "a.log", "");
}

/* copytruncate of a log of which something was read; what came last was not. */
static void
life_truncate(struct life *l)
{
	struct world *w = l->w;
	char after[64];

	if (l->down || access(world_path(w, "a.log"), F_OK) != 0)
		return;
	w->hold_after = 0;
	tail_resume(w->tail);
	world_run(w);
	life_complete(l);
	world_append(w, "a.log", "read before the copy\n");
	world_run(w);
	world_append(w, "a.log", "not read before the copy\n");
	buf_adds(&l->want, "read before the copy\nnot read before the copy\n");
	life_shift(l);
	world_shell(w, "cp a.log a.log.1; : > a.log");
	life_pack(l);
	if (chance(l, 2) == 0) {
		/* Two files of one and the same line could not be told apart
		 * by anybody. */
		snprintf(after, sizeof(after), "after copy %u\n", l->n++);
		world_append(w, "a.log", after);
		buf_adds(&l->want, after);
	}
}

static void
life_step(struct life *l)
{
	struct world *w = l->w;

	switch (chance(l, 9)) {
	case 0:
		if (l->down)
			world_start(w, "a.log", false);
		else
			world_stop(w);
		l->down = !l->down;
		break;
	case 1:
		life_rotate(l);
		break;
	case 2:
		if (!l->down)
			world_poll(w, chance(l, 4));
		break;
	case 3:
		if (!l->down) {
			w->hold_after = w->hold_after ? 0 : w->lines_n + 50;
			tail_resume(w->tail);
		}
		break;
	case 4:
		if (chance(l, 2) == 0)
			life_truncate(l);
		break;
	default:
		life_write(l);
		break;
	}
	if (!l->down)
		world_run(w);
}

static void
lives_long(void **state)
{
	for (unsigned seed = 1; seed <= LIVES; seed++) {
		struct life l = {.w = world_new(), .seed = seed};

		/* A log that was never followed is import's, not the tail's. */
		world_append(l.w, "a.log", "the first line\n");
		buf_adds(&l.want, "the first line\n");
		world_start(l.w, "a.log", false);
		world_run(l.w);
		for (int i = 0; i < STEPS; i++)
			life_step(&l);
		life_complete(&l);
		if (l.down)
			world_start(l.w, "a.log", false);
		l.w->hold_after = 0;
		tail_resume(l.w->tail);
		world_run(l.w);
		world_poll(l.w, 2);
		if (!str_eq(buf_str(&l.w->lines), buf_str(&l.want)))
			fail_msg("seed %u: got %zu bytes, want %zu\n%s", seed,
			    l.w->lines.n, l.want.n, l.w->story.p);
		world_free(l.w);
		buf_free(&l.want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lives_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
