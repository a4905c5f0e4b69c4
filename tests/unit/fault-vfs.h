/* SPDX-License-Identifier: MIT */
#ifndef TEST_FAULT_VFS_H
#define TEST_FAULT_VFS_H

/*
 * A disk that fails when it is told to, under SQLite: everything that is
 * written goes to real files and is written down as well, so that the disk can
 * be brought back to what a power cut at any moment could have left of it.
 */

#include "recount/str.h"

enum fault {
	FAULT_NONE,
	FAULT_IO,   /* an I/O error; of a write, after its first half */
	FAULT_FULL, /* no space: writes that make a file longer */
};

/* Become SQLite's default VFS.  One at a time. */
void fault_begin(void);
void fault_end(void);    /* the old default is back, everything forgotten;
			  * fine when it did not begin */
void fault_log(bool on); /* whether changes are written down; at first not */

/*
 * The operation with this number (from 0, as fault_count() counts them since
 * fault_begin()) fails; with lasting, all that follow it as well.
 */
void fault_plan(enum fault kind, uint64_t at, bool lasting);
uint64_t fault_count(void);    /* reads, writes, syncs, … so far */
uint64_t fault_happened(void); /* those that failed as planned */

/*
 * What may be left of the disk if the power fails during change number n of
 * fault_changes(): files of the same names are written into folder.  seed
 * decides about everything that was not synced yet, sector by sector.
 */
size_t fault_changes(void);
void fault_power_cut(size_t n, uint64_t seed, const char *folder);

#endif
