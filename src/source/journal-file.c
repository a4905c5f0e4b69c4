/* SPDX-License-Identifier: MIT */
/*
 * The header of a journal file: a fixed layout of little-endian numbers that
 * systemd documents ("Journal File Format").  From it come the reasons that
 * libsystemd keeps to itself ("Bad message" is what it says of nearly
 * everything), how many entries a file must give, and where they belong among
 * those of other files, without opening each of a thousand archived ones.
 *
 * Numbers in it are only believed as hints: they order files and say when
 * entries are missing; nothing is allocated or indexed by them.
 */
#include "journal-file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

/* Of the first version of the format; later ones only add behind it. */
#define HEAD_BYTES 208

enum { /* offsets */
	HEAD_STATE = 16,
	HEAD_FILE_ID = 24,
	HEAD_SEQNUM_ID = 72,
	HEAD_HEADER_SIZE = 88,
	HEAD_ARENA_SIZE = 96,
	HEAD_N_ENTRIES = 152,
	HEAD_TAIL_SEQNUM = 160,
	HEAD_HEAD_SEQNUM = 168,
	HEAD_HEAD_REALTIME = 184,
	HEAD_TAIL_REALTIME = 192,
};

#define STATE_ARCHIVED 2

static uint64_t
number(const unsigned char *head, size_t at)
{
	uint64_t le;

	memcpy(&le, head + at, sizeof(le));
	return le64toh(le);
}

void
journal_id_text(const void *id, char out[static 33])
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = id;

	for (size_t i = 0; i < 16; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

int
journal_head_read(
    const char *path, struct journal_head *ret, struct reterr *err)
{
	unsigned char head[HEAD_BYTES];
	uint64_t header_size, arena_size;
	struct stat st;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return reterr_set(err, errno, "%s: %m", path);
	n = fstat(fd, &st) < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	if (n < 0) {
		int code = errno;

		close(fd);
		return reterr_set(err, code, "%s: %s", path, strerror(code));
	}
	close(fd);
	if (n < 8 || memcmp(head, "LPKSHHRH", 8) != 0)
		return reterr_set(err, EBADMSG,
		    n == 0 ? "%s: is empty" : "%s: is not a journal file",
		    path);
	if (n < HEAD_BYTES)
		return reterr_set(
		    err, ENODATA, "%s: journal file is cut off", path);
	header_size = number(head, HEAD_HEADER_SIZE);
	arena_size = number(head, HEAD_ARENA_SIZE);
	if (header_size < HEAD_BYTES || header_size > 65536 ||
	    arena_size > INT64_MAX - header_size)
		return reterr_set(err, EBADMSG,
		    "%s: header of the journal file is damaged", path);
	if (header_size + arena_size > (uint64_t)st.st_size)
		return reterr_set(err, ENODATA,
		    "%s: journal file is cut off: %lld of %llu bytes", path,
		    (long long)st.st_size,
		    (unsigned long long)(header_size + arena_size));

	*ret = (struct journal_head){
	    .archived = head[HEAD_STATE] == STATE_ARCHIVED,
	    .n_entries = number(head, HEAD_N_ENTRIES),
	    .first_seqnum = number(head, HEAD_HEAD_SEQNUM),
	    .last_seqnum = number(head, HEAD_TAIL_SEQNUM),
	    .first_realtime = (usec_t)number(head, HEAD_HEAD_REALTIME),
	    .last_realtime = (usec_t)number(head, HEAD_TAIL_REALTIME),
	};
	journal_id_text(head + HEAD_FILE_ID, ret->file_id);
	journal_id_text(head + HEAD_SEQNUM_ID, ret->seqnum_id);
	return 0;
}

static const char *
reason(int code)
{
	switch (code) {
	case EBADMSG:
	case EADDRNOTAVAIL:
		return "journal file is damaged";
	case ENODATA:
	case EIO:
		return "journal file is cut off";
	case EPROTONOSUPPORT:
		return "journal file uses a feature that this system's "
		       "libsystemd does not know";
	default:
		return strerror(code);
	}
}

int
journal_file_check(const char *path, struct reterr *err)
{
	const char *const paths[] = {path, NULL};
	struct journal_head head;
	sd_journal *sd;
	int r;

	r = journal_head_read(path, &head, err);
	if (r < 0)
		return r;
	r = sd_journal_open_files(&sd, (const char **)paths, 0);
	if (r < 0)
		return reterr_set(err, -r, "%s: %s", path, reason(-r));
	sd_journal_close(sd);
	return 0;
}
