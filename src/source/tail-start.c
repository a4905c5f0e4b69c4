/* SPDX-License-Identifier: MIT */
/*
 * Where to go on: at the start, when a log appears, and when it was rotated.
 *
 * What the store knows of a log is matched by content with what lies on disk
 * under its name and its siblings' names.  Then, oldest first:
 *
 *	a file that is known and was not read to its end is read on,
 *	a sibling younger than the youngest known one, itself unknown, came
 *	and went while nobody looked: it is read from its beginning,
 *	the log itself is read on, or from its beginning.
 *
 * Siblings of a log that was never followed are left alone: taking in the
 * past is what import is for.
 *
 * What a store knows and nothing on disk fits is lost, and said to be.  What
 * was written between a copy and the truncation after it (copytruncate) cannot
 * be known by anybody: a gap of unknown size.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "recount/event.h"
#include "tail.h"

#define GAP_COPIED                                                             \
	"copied and truncated (copytruncate): what was written in between is " \
	"lost"
#define GAP_TRUNCATED "truncated or rewritten in place"
#define GAP_GONE                                                               \
	"gone before it was read to its end: rotated away more often than "    \
	"copies are kept, or deleted"

/* Files remembered so that a copy of one is not taken for a new file. */
#define MEMORIES_MAX 8192

/* A log that is rotated faster than its siblings can be listed so often is
 * taken as it was seen last. */
#define ATTEMPTS_MAX 5

struct match { /* what one sibling is */
	struct tail_memory *memory;
	struct reader *reader; /* NULL: nothing to read of it */
	bool unseen;           /* came in between */
};

/* The more was read of a file, the fewer others can be taken for it: so those
 * come first. */
static int
by_offset(const void *x, const void *y)
{
	const struct tail_memory *a = x, *b = y;

	if (a->position.offset != b->position.offset)
		return a->position.offset > b->position.offset ? -1 : 1;
	return strcmp(a->path, b->path);
}

void
tail_remember(struct tail *t, const struct tail_known *known, size_t n_known)
{
	t->memories = xcalloc(n_known > 0 ? n_known : 1, sizeof(*t->memories));
	for (size_t i = 0; i < n_known; i++) {
		struct tail_memory *m = &t->memories[t->n_memories++];

		*m = (struct tail_memory){
		    .path = xstrdup(known[i].path),
		    .position = known[i].position,
		    .user = known[i].user,
		    .finished = known[i].finished,
		};
		m->position.cursor = STR_NULL;
		/* A store may be damaged. */
		if (m->position.offset < 0 ||
		    m->position.head_n > POSITION_HEAD_MAX ||
		    m->position.tail_n > POSITION_TAIL_MAX)
			m->position = (struct position){0};
	}
	qsort(t->memories, t->n_memories, sizeof(*t->memories), by_offset);
}

void
tail_forget(struct tail *t, const struct tail_file *f)
{
	struct tail_memory *m;

	if (t->n_memories >= MEMORIES_MAX) {
		xfree(t->memories[0].path);
		memmove(t->memories, t->memories + 1,
		    --t->n_memories * sizeof(*t->memories));
	}
	t->memories =
	    xreallocarray(t->memories, t->n_memories + 1, sizeof(*t->memories));
	m = &t->memories[t->n_memories++];
	*m = (struct tail_memory){
	    .path = xstrdup(f->base),
	    .finished = true,
	    .settled = true,
	};
	tail_file_position(f, &m->position);
}

static bool
belongs(const struct tail *t, const struct tail_memory *m, const char *base)
{
	return !t->is_glob || strcmp(m->path, base) == 0 ||
	       sibling_of(m->path, base);
}

/* Whether some file that is being read already is this one. */
static bool
is_being_read(const struct tail *t, uint64_t dev, uint64_t ino)
{
	for (const struct tail_file *f = t->files; f != NULL; f = f->next) {
		if (f->reader != NULL && f->dev == dev && f->ino == ino)
			return true;
	}
	return false;
}

/* Whether s is as long as what was read of m, as far as that can be seen
 * without unpacking it all. */
static bool
ends_there(const struct sibling *s, const struct tail_memory *m)
{
	if (!s->compressed)
		return s->size == m->position.offset;
	return m->position.offset >= POSITION_HEAD_MAX ||
	       (int64_t)s->head_n == m->position.offset;
}

static bool
try_match(struct tail *t, const struct sibling *s, struct match *match,
    struct tail_memory *m)
{
	if (match->memory != NULL || is_being_read(t, s->dev, s->ino))
		return false;
	if (m->finished && ends_there(s, m)) {
		/* Unpacking it all to learn that nothing is new would be
		 * dear. */
		if (!sibling_head_fits(s, &m->position))
			return false;
	} else if (sibling_open_at(s, &m->position, !s->compressed,
		       &match->reader, NULL) < 0) {
		return false;
	}
	match->memory = m;
	m->settled = true;
	return true;
}

/* In which order memories choose: many files may begin alike (a header, a
 * start-up message), so those that can be told most surely come first. */
enum round {
	ROUND_WHOLE,    /* finished, and a sibling is exactly that long */
	ROUND_BEGUN,    /* read in part */
	ROUND_FINISHED, /* finished, but it has grown since */
	ROUND_INODE,    /* nothing was read: only the inode is known */
	ROUND_COUNT
};

/* Find the sibling that m is: the same file, else a plain copy of it (the
 * youngest), which may grow, else a packed one. */
static void
match_memory(struct tail *t, const struct siblings *s, struct match *matches,
    struct tail_memory *m, enum round round)
{
	for (int pass = 0; pass < 3; pass++) {
		for (size_t i = s->n; i-- > 0;) {
			const struct sibling *item = &s->items[i];
			bool same = !item->compressed &&
				    item->dev == m->position.dev &&
				    item->ino == m->position.ino;
			int turn = same ? 0 : item->compressed ? 2 : 1;

			if (turn != pass ||
			    (round == ROUND_WHOLE && !ends_there(item, m)))
				continue;
			if (try_match(t, item, &matches[i], m))
				return;
		}
	}
}

static void
match_memories(struct tail *t, const char *base, const struct siblings *s,
    struct match *matches, enum round round)
{
	for (size_t i = 0; i < t->n_memories; i++) {
		struct tail_memory *m = &t->memories[i];
		bool fits = round == ROUND_INODE ? m->position.head_n == 0
						 : m->position.head_n > 0;

		if (round != ROUND_INODE)
			fits = fits && m->finished == (round != ROUND_BEGUN);
		if (m->settled || !fits || !belongs(t, m, base))
			continue;
		if (m->finished && round == ROUND_INODE)
			m->settled = true; /* nothing was in it */
		else
			match_memory(t, s, matches, m, round);
	}
}

static bool
holds(const struct sibling *s, const struct position *p)
{
	CLEANUP(reader_free) struct reader *r = NULL;

	return p->head_n > 0 && sibling_open_at(s, p, false, &r, NULL) == 0;
}

/* Whether s is, or is a copy of, something that was read or is being read. */
static bool
was_seen(const struct tail *t, const char *base, const struct sibling *s)
{
	struct position p;

	if (is_being_read(t, s->dev, s->ino))
		return true;
	for (const struct tail_file *f = t->files; f != NULL; f = f->next) {
		if (strcmp(f->base, base) != 0)
			continue;
		tail_file_position(f, &p);
		if (holds(s, &p))
			return true;
	}
	for (size_t i = 0; i < t->n_memories; i++) {
		const struct tail_memory *m = &t->memories[i];

		if (belongs(t, m, base) && holds(s, &m->position))
			return true;
	}
	return false;
}

/*
 * Mark what came and went while nobody looked: all that is younger than the
 * youngest file that is known by its content.  A match by inode alone (nothing
 * was read yet) proves little, since inodes are given out again; then, what was
 * written since the log was first found (noted) is the log or came after it.
 */
static void
find_unseen(const struct siblings *s, struct match *matches, bool was_read,
    usec_t noted)
{
	bool by_content = false, by_inode = false;
	size_t from = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (matches[i].memory == NULL)
			continue;
		if (matches[i].memory->position.head_n == 0) {
			by_inode = true;
			continue;
		}
		by_content = true;
		from = i + 1;
	}
	/* Nothing of what was read is left, so all this is younger.  If nothing
	 * was read ever, how old it is cannot be known: then only the last
	 * rotation counts. */
	if (!by_content && !was_read && noted != 0) {
		while (from < s->n && s->items[from].mtime < noted)
			from++;
	} else if (!by_content && !was_read) {
		if (by_inode || s->n < 2)
			return;
		from = s->n - 2;
	}
	for (size_t i = from; i < s->n; i++)
		matches[i].unseen =
		    !s->items[i].is_base && matches[i].memory == NULL;
}

/* The end of the last complete line. */
static int64_t
last_line_end(int fd)
{
	char buf[65536];
	int64_t at = lseek(fd, 0, SEEK_END), lowest;

	if (at < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return 0;
	lowest = at - (int64_t)LINE_BYTES_MAX;
	while (at > 0 && at > lowest) {
		int64_t from =
		    at > (int64_t)sizeof(buf) ? at - (int64_t)sizeof(buf) : 0;
		ssize_t n = pread(fd, buf, (size_t)(at - from), from);
		const char *newline;

		if (n <= 0)
			break;
		newline = memrchr(buf, '\n', (size_t)n);
		if (newline != NULL)
			return from + (newline - buf) + 1;
		at = from;
	}
	return at > 0 ? at : 0;
}

/* Follow the log at base from its beginning, or from its end. */
static void
start_base(struct tail *t, const char *base, bool from_end)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reterr err;
	uint64_t tail;
	int fd = open(base, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			tail_trouble(t, base, strerror(errno));
		return;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		tail_trouble(t, base, "is not a regular file");
		close(fd);
		return;
	}
	if (is_being_read(t, st.st_dev, st.st_ino)) {
		close(fd);
		return;
	}
	if (reader_open_fd(fd, base, true, &r, &err) < 0) {
		tail_trouble(t, base, err.text);
		return;
	}
	if (from_end && reader_skip(r, last_line_end(fd), 0, &tail) < 0) {
		/* Truncated this very moment: from the beginning, then. */
		reader_free(STEAL(r));
		start_base(t, base, false);
		return;
	}
	tail_add(t, base, base, STEAL(r));
}

static void
start_sibling(
    struct tail *t, const char *base, const struct sibling *s, struct reader *r)
{
	struct tail_file *f = tail_add(t, base, s->path, r);

	f->rotated = !s->is_base;
	f->once = s->compressed;
}

static void
start_unseen(struct tail *t, const char *base, const struct sibling *s)
{
	const struct position none = {.dev = s->dev, .ino = s->ino};
	struct reader *r;
	struct reterr err = {""};
	int result;

	if (s->compressed)
		result = reader_open(s->path, &r, &err);
	else
		result = sibling_open_at(s, &none, true, &r, &err);
	if (result < 0) {
		if (err.text[0] != '\0')
			tail_trouble(t, s->path, err.text);
		return;
	}
	start_sibling(t, base, s, r);
}

/* What the store knows and nothing here is. */
static void
say_lost(struct tail *t, const char *base, const struct siblings *s,
    struct tail_memory *m)
{
	struct tail_file *f;
	const char *gap = GAP_GONE;

	m->settled = true;
	if (m->finished)
		return;
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].is_base && s->items[i].dev == m->position.dev &&
		    s->items[i].ino == m->position.ino)
			gap = GAP_TRUNCATED;
	}
	f = tail_add(t, base, m->path, NULL);
	f->position = m->position;
	f->noted = m->position.noted;
	f->user = m->user;
	f->rotated = true;
	if (m->position.offset > 0)
		f->gap = xstrdup(gap);
}

/*
 * item has what was read of log, and another inode.  A plain file that was
 * renamed would have kept its inode.  A packed one may be either: if the log
 * was created after the last line in it was written, it was renamed, and the
 * log merely got its inode.
 */
static bool
is_copy_of(const struct sibling *item, const struct sibling *log)
{
	return !item->compressed || (log->born != 0 && log->born < item->mtime);
}

/* Take up what was matched, in the order it was written. */
static void
start_matches(struct tail *t, const char *base, const struct siblings *s,
    struct match *matches)
{
	const struct sibling *log = NULL;

	if (s->n > 0 && s->items[s->n - 1].is_base)
		log = &s->items[s->n - 1];
	for (size_t i = 0; i < s->n; i++) {
		const struct sibling *item = &s->items[i];
		const struct tail_memory *m = matches[i].memory;
		struct tail_file *f;

		if (matches[i].unseen && !was_seen(t, base, item))
			start_unseen(t, base, item);
		if (matches[i].reader == NULL)
			continue;
		start_sibling(t, base, item, STEAL(matches[i].reader));
		for (f = t->files; f->next != NULL; f = f->next)
			;
		f->user = m->user;
		if (m->position.noted != 0)
			f->noted = m->position.noted;
		/* Read from another file than before, while the old one is
		 * still in place: copied, then truncated. */
		if (log != NULL && log != item && log->dev == m->position.dev &&
		    log->ino == m->position.ino && is_copy_of(item, log))
			f->gap = xstrdup(GAP_COPIED);
	}
}

static bool
still_there(const char *base, const struct siblings *s)
{
	CLEANUP(siblings_free) struct siblings now = {NULL, 0};

	siblings_list(base, &now);
	if (now.n != s->n)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		const struct sibling *x = &now.items[i], *y = &s->items[i];

		if (x->dev != y->dev || x->ino != y->ino ||
		    strcmp(x->path, y->path) != 0)
			return false;
	}
	return true;
}

/*
 * List the siblings and match them.  They are opened by name, so a rotation in
 * between mixes them up: then all is done over, a few times at most.
 */
static struct match *
match_all(struct tail *t, const char *base, struct siblings *s)
{
	for (unsigned attempt = 1;; attempt++) {
		struct match *matches;

		siblings_list(base, s);
		matches = xcalloc(s->n > 0 ? s->n : 1, sizeof(*matches));
		for (int round = 0; round < ROUND_COUNT; round++)
			match_memories(t, base, s, matches, (enum round)round);
		if (attempt == ATTEMPTS_MAX || still_there(base, s))
			return matches;
		for (size_t i = 0; i < s->n; i++) {
			reader_free(matches[i].reader);
			if (matches[i].memory != NULL)
				matches[i].memory->settled = false;
		}
		xfree(matches);
		siblings_free(s);
		*s = (struct siblings){NULL, 0};
	}
}

void
tail_start(struct tail *t, const char *base, bool from_end)
{
	CLEANUP(siblings_free) struct siblings s = {NULL, 0};
	CLEANUP(xfree) struct match *matches = NULL;
	bool any = false, unsettled = false, was_read = false;
	usec_t noted = 0;

	for (size_t i = 0; i < t->n_memories; i++) {
		struct tail_memory *m = &t->memories[i];

		if (!belongs(t, m, base))
			continue;
		any = true;
		was_read = was_read || m->position.offset > 0;
		unsettled = unsettled || !m->settled;
		if (!m->finished && m->position.head_n == 0)
			noted = m->position.noted;
	}
	matches = match_all(t, base, &s);
	if (unsettled)
		find_unseen(&s, matches, was_read, noted);
	for (size_t i = 0; i < t->n_memories && s.n > 0; i++) {
		struct tail_memory *m = &t->memories[i];

		if (!m->settled && belongs(t, m, base))
			say_lost(t, base, &s, m);
	}
	start_matches(t, base, &s, matches);
	if (tail_find(t, base) == NULL)
		start_base(t, base, from_end && !any);
}

/* Where among the siblings f is now; s->n when it is not there. */
static size_t
find_file(const struct siblings *s, const struct tail_file *f)
{
	struct position p;

	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].dev == f->dev && s->items[i].ino == f->ino)
			return i;
	}
	tail_file_position(f, &p);
	for (size_t i = s->n; p.head_n > 0 && i-- > 0;) {
		if (sibling_head_fits(&s->items[i], &p))
			return i;
	}
	return s->n;
}

void
tail_rotated(struct tail *t, struct tail_file *f)
{
	CLEANUP(siblings_free) struct siblings s = {NULL, 0};
	CLEANUP(xfree) char *base = xstrdup(f->base);

	siblings_list(base, &s);
	for (size_t i = find_file(&s, f) + 1; i < s.n; i++) {
		const struct sibling *item = &s.items[i];

		if (!item->is_base && !was_seen(t, base, item))
			start_unseen(t, base, item);
	}
	start_base(t, base, false);
}

void
tail_truncated(struct tail *t, struct tail_file *f)
{
	CLEANUP(siblings_free) struct siblings s = {NULL, 0};
	CLEANUP(xfree) char *base = xstrdup(f->base);
	const bool was_rotated = f->rotated;
	struct reader *copy = NULL;
	struct position p;
	const char *gap = GAP_TRUNCATED;

	tail_file_position(f, &p);
	siblings_list(base, &s);
	watch_file_end(f);
	f->rotated = true;
	f->once = true;
	f->dev = f->ino = 0;
	for (size_t i = s.n; p.head_n > 0 && copy == NULL && i-- > 0;) {
		struct sibling *item = &s.items[i];

		if (item->is_base || is_being_read(t, item->dev, item->ino) ||
		    sibling_open_at(item, &p, false, &copy, NULL) < 0)
			continue;
		reader_free(f->reader);
		f->reader = copy;
		xfree(f->path);
		f->path = xstrdup(item->path);
		f->dev = item->dev;
		f->ino = item->ino;
		gap = GAP_COPIED;
	}
	if (copy == NULL)
		reader_stop(f->reader);
	f->dirty = true;
	t->more = true;
	t->ops->gap(t->arg, f, gap, -1);
	if (!was_rotated)
		start_base(t, base, false);
}
