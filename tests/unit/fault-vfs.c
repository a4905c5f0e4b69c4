/* SPDX-License-Identifier: MIT */
/*
 * A VFS around the one for unix.  Calls go through to real files (fsync does
 * not: nothing here survives this process anyway), each counted, so that the
 * n-th can fail.  Of each named file every change is kept in a log: the disk
 * after a power cut is made from the log alone.
 *
 * What a cut may do, more than any one file system does:
 *  - what was written before the last fsync of its file is there;
 *  - of every later write each sector of 512 bytes is there, or not, in no
 *    order; likewise truncations;
 *  - a file that was never synced may be missing, and one that was deleted
 *    may be back as long as no folder was synced since (SQLite syncs it with
 *    the first fsync of a new journal or WAL, and with some deletions).
 * A sector is whole: SQLite counts on that no byte outside a write changes.
 */
#include "fault-vfs.h"

#include <assert.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#define SECTOR 512
#define FILES_MAX 8

enum change_kind {
	WRITE,
	TRUNCATE,
	SYNC,
	SYNC_FOLDER, /* the file and its folder */
	CREATE,
	DELETE,
	DELETE_SYNCED
};

struct change {
	enum change_kind kind;
	unsigned file;
	int64_t at; /* or the length */
	size_t n;
	char *bytes;
};

static struct disk {
	sqlite3_vfs vfs, *real;
	char *names[FILES_MAX];
	unsigned n_files;
	struct change *changes;
	size_t n_changes, size;

	bool logging;

	enum fault kind;
	uint64_t at, count, happened;
	bool lasting;
} disk;

struct fault_file {
	sqlite3_file base;
	int file;            /* index of names; -1: not written down */
	bool is_new_journal; /* its first fsync is one of the folder too */
	sqlite3_file *real;
};

static struct fault_file *
of(sqlite3_file *f)
{
	return (struct fault_file *)f;
}

static sqlite3_file *
real(sqlite3_file *f)
{
	return of(f)->real;
}

/* ---- failing ---- */

static bool
fails(enum fault kind)
{
	const uint64_t now = disk.count++;

	if (disk.kind != kind || now < disk.at ||
	    (now > disk.at && !disk.lasting))
		return false;
	disk.happened++;
	return true;
}

/* The disk is full from the planned moment on, but only for what grows. */
static bool
is_full(struct fault_file *f, int64_t end)
{
	sqlite3_int64 length = 0;

	if (disk.kind != FAULT_FULL || disk.count <= disk.at ||
	    (disk.count > disk.at + 1 && !disk.lasting))
		return false;
	f->real->pMethods->xFileSize(f->real, &length);
	if (end <= length)
		return false;
	disk.happened++;
	return true;
}

/* ---- the log ---- */

static bool
is_journal(const char *name)
{
	return strchr(strrchr(name, '/'), '-') != NULL;
}

/* -1: not written down. */
static int
file_of(const char *name)
{
	if (!disk.logging || name == NULL)
		return -1;
	for (unsigned i = 0; i < disk.n_files; i++)
		if (strcmp(disk.names[i], name) == 0)
			return (int)i;
	assert(disk.n_files < FILES_MAX);
	disk.names[disk.n_files] = xstrdup(name);
	return (int)disk.n_files++;
}

static void
note(enum change_kind kind, int file, int64_t at, const void *p, size_t n)
{
	if (file < 0 || !disk.logging)
		return;
	if (disk.n_changes == disk.size) {
		disk.size = disk.size ? 2 * disk.size : 256;
		disk.changes = xreallocarray(
		    disk.changes, disk.size, sizeof(*disk.changes));
	}
	disk.changes[disk.n_changes++] = (struct change){.kind = kind,
	    .file = (unsigned)file,
	    .at = at,
	    .n = n,
	    .bytes = n ? xmemdup0(p, n) : NULL};
}

/* ---- files ---- */

static int
file_close(sqlite3_file *f)
{
	int r = real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) : 0;

	xfree(real(f));
	return r;
}

static int
file_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	if (fails(FAULT_IO))
		return SQLITE_IOERR_READ;
	return real(f)->pMethods->xRead(real(f), p, n, at);
}

static int
file_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int r;

	if (fails(FAULT_IO)) {
		n /= 2;
		real(f)->pMethods->xWrite(real(f), p, n, at);
		note(WRITE, of(f)->file, at, p, (size_t)n);
		return SQLITE_IOERR_WRITE;
	}
	if (is_full(of(f), at + n))
		return SQLITE_FULL;
	r = real(f)->pMethods->xWrite(real(f), p, n, at);
	note(WRITE, of(f)->file, at, p, (size_t)n);
	return r;
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	if (fails(FAULT_IO))
		return SQLITE_IOERR_TRUNCATE;
	note(TRUNCATE, of(f)->file, n, NULL, 0);
	return real(f)->pMethods->xTruncate(real(f), n);
}

static int
file_sync(sqlite3_file *f, int flags)
{
	if (fails(FAULT_IO))
		return SQLITE_IOERR_FSYNC;
	note(of(f)->is_new_journal ? SYNC_FOLDER : SYNC, of(f)->file, 0, NULL,
	    0);
	of(f)->is_new_journal = false;
	return SQLITE_OK;
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	return real(f)->pMethods->xFileSize(real(f), ret);
}

static int
file_lock(sqlite3_file *f, int how)
{
	return real(f)->pMethods->xLock(real(f), how);
}

static int
file_unlock(sqlite3_file *f, int how)
{
	return real(f)->pMethods->xUnlock(real(f), how);
}

static int
file_reserved(sqlite3_file *f, int *ret)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
	/* A hint that would grow the file behind our back. */
	if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
		return SQLITE_OK;
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
file_sector(sqlite3_file *f)
{
	return SECTOR;
}

static int
file_traits(sqlite3_file *f)
{
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
file_shm_map(sqlite3_file *f, int page, int n, int extend, void volatile **ret)
{
	return real(f)->pMethods->xShmMap(real(f), page, n, extend, ret);
}

static int
file_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}

static void
file_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
file_shm_unmap(sqlite3_file *f, int delete)
{
	return real(f)->pMethods->xShmUnmap(real(f), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* without mapped reads, which could not fail */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
    int *ret_flags)
{
	struct fault_file *x = of(f);
	bool is_new = name != NULL && access(name, F_OK) < 0;
	int r;

	*x = (struct fault_file){.file = -1};
	if (fails(FAULT_IO))
		return SQLITE_CANTOPEN;
	x->real = xcalloc(1, (size_t)disk.real->szOsFile);
	r = disk.real->xOpen(disk.real, name, x->real, flags, ret_flags);
	if (r != SQLITE_OK) {
		xfree(x->real);
		return r;
	}
	x->base.pMethods = &methods;
	x->file = file_of(name);
	if (is_new)
		note(CREATE, x->file, 0, NULL, 0);
	x->is_new_journal = is_new && is_journal(name);
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	if (fails(FAULT_IO))
		return SQLITE_IOERR_DELETE;
	note(sync ? DELETE_SYNCED : DELETE, file_of(name), 0, NULL, 0);
	return disk.real->xDelete(disk.real, name, 0);
}

void
fault_begin(void)
{
	disk = (struct disk){.real = sqlite3_vfs_find(NULL)};
	disk.vfs = *disk.real;
	disk.vfs.zName = "fault";
	disk.vfs.szOsFile = sizeof(struct fault_file);
	disk.vfs.xOpen = vfs_open;
	disk.vfs.xDelete = vfs_delete;
	disk.vfs.pNext = NULL;
	sqlite3_vfs_register(&disk.vfs, 1);
}

void
fault_end(void)
{
	if (disk.real == NULL)
		return;
	sqlite3_vfs_unregister(&disk.vfs);
	sqlite3_vfs_register(disk.real, 1);
	for (size_t i = 0; i < disk.n_changes; i++)
		xfree(disk.changes[i].bytes);
	xfree(disk.changes);
	for (unsigned i = 0; i < disk.n_files; i++)
		xfree(disk.names[i]);
	disk = (struct disk){.real = NULL};
}

void
fault_plan(enum fault kind, uint64_t at, bool lasting)
{
	disk.kind = kind;
	disk.at = at;
	disk.lasting = lasting;
}

void
fault_log(bool on)
{
	disk.logging = on;
}

uint64_t
fault_count(void)
{
	return disk.count;
}

uint64_t
fault_happened(void)
{
	return disk.happened;
}

size_t
fault_changes(void)
{
	return disk.n_changes;
}

/* ---- power cuts ---- */

struct image {
	bool there;
	char *bytes;
	size_t n;
};

static void
image_resize(struct image *im, size_t n)
{
	im->bytes = xreallocarray(im->bytes, n + 1, 1);
	if (n > im->n)
		memset(im->bytes + im->n, 0, n - im->n);
	im->n = n;
}

static void
image_copy(struct image *to, const struct image *from)
{
	xfree(to->bytes);
	*to = (struct image){.there = from->there};
	image_resize(to, from->n);
	if (from->n > 0)
		memcpy(to->bytes, from->bytes, from->n);
}

static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dULL >> 32;
}

/* Of a write, each sector with a chance of percent. */
static void
write_some(
    struct image *im, const struct change *c, uint64_t *seed, unsigned percent)
{
	for (size_t from = 0; from < c->n;) {
		size_t at = (size_t)c->at + from;
		size_t n = SECTOR - at % SECTOR;

		n = n < c->n - from ? n : c->n - from;
		if (draw(seed) % 100 < percent) {
			if (at + n > im->n)
				image_resize(im, at + n);
			memcpy(im->bytes + at, c->bytes + from, n);
		}
		from += n;
	}
}

/* What happened to a file since it was synced last, as it may be. */
static void
change_apply(const struct change *c, bool safe, uint64_t *seed,
    unsigned percent, struct image *im, struct image *old)
{
	const bool lucky = safe || draw(seed) % 100 < percent;

	switch (c->kind) {
	case CREATE:
		im->there = lucky;
		break;
	case WRITE:
		im->there = im->there || safe;
		write_some(im, c, seed, safe ? 100 : percent);
		break;
	case TRUNCATE:
		if (lucky)
			image_resize(im, (size_t)c->at);
		break;
	case SYNC:
	case SYNC_FOLDER:
		im->there = true;
		break;
	case DELETE:
		image_copy(old, im);
		im->there = false;
		image_resize(im, 0);
		break;
	case DELETE_SYNCED:
		im->there = false;
		image_resize(im, 0);
		break;
	}
}

/* One file when the power fails during change n - 1; percent: the chance of
 * each unsynced sector. */
static void
image_make(
    unsigned file, size_t n, uint64_t *seed, unsigned percent, struct image *im)
{
	struct image old = {.there = false}; /* deleted, not for sure */
	size_t synced = 0;

	*im = (struct image){.there = false};
	for (size_t i = 0; i + 1 < n; i++)
		if (disk.changes[i].file == file &&
		    (disk.changes[i].kind == SYNC ||
			disk.changes[i].kind == SYNC_FOLDER))
			synced = i + 1;
	for (size_t i = 0; i < n; i++) {
		const struct change *c = &disk.changes[i];

		/* The last one is under way: it may not count. */
		if (i + 1 < n &&
		    (c->kind == SYNC_FOLDER || c->kind == DELETE_SYNCED))
			old.there = false;
		if (c->file == file)
			change_apply(c, i < synced, seed, percent, im, &old);
	}
	if (old.there && draw(seed) % 100 >= percent)
		image_copy(im, &old);
	xfree(old.bytes);
}

static void
image_write(const struct image *im, const char *folder, const char *name)
{
	const char *base = strrchr(name, '/') + 1;
	CLEANUP(xfree) char *path = xasprintf("%s/%s", folder, base);
	FILE *f;

	unlink(path);
	if (!im->there)
		return;
	f = fopen(path, "w");
	assert(f != NULL);
	if (im->n > 0)
		fwrite(im->bytes, 1, im->n, f);
	fclose(f);
}

void
fault_power_cut(size_t n, uint64_t seed, const char *folder)
{
	static const unsigned percents[] = {0, 50, 90, 100, 10};
	const size_t until = n + 1 < disk.n_changes ? n + 1 : disk.n_changes;
	unsigned percent;

	seed = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	percent = percents[draw(&seed) % ARRAY_SIZE(percents)];
	for (unsigned i = 0; i < disk.n_files; i++) {
		struct image im;

		image_make(i, until, &seed, percent, &im);
		/* The store itself makes its file, before SQLite sees it. */
		if (!is_journal(disk.names[i]))
			im.there = true;
		image_write(&im, folder, disk.names[i]);
		xfree(im.bytes);
	}
}
