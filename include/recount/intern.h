/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_INTERN_H
#define RECOUNT_INTERN_H

/*
 * Two small hash tables.  struct intern gives each distinct string a number
 * from 0 upwards in order of first sight; struct u64map maps numbers to
 * numbers.  Iteration is by insertion order, never by hash, so that output
 * does not depend on hashing.
 */

#include "recount/str.h"

struct intern;

struct intern *intern_new(void);
void intern_free(struct intern *in);
uint32_t intern_add(struct intern *in, struct str s); /* s is copied */
/* The same for n strings, quicker; ret_ids has room for n. */
void intern_add_all(
    struct intern *in, const struct str *s, size_t n, uint32_t *ret_ids);
/* The number of s, or UINT32_MAX when it was never added. */
uint32_t intern_find(const struct intern *in, struct str s);
/* Borrowed until intern_free() or intern_clear(); id must have been given. */
struct str intern_get(const struct intern *in, uint32_t id);
uint32_t intern_count(const struct intern *in);
size_t intern_bytes(const struct intern *in); /* of all strings held */
void intern_clear(struct intern *in);
DEFINE_CLEANUP(struct intern *, intern_free)

struct u64map;

struct u64map *u64map_new(void);
void u64map_free(struct u64map *m);
/* The value's place, created as `initial` when key is new; valid until the
 * next call that may insert.  *ret_new may be NULL. */
uint64_t *u64map_at(
    struct u64map *m, uint64_t key, uint64_t initial, bool *ret_new);
const uint64_t *u64map_find(const struct u64map *m, uint64_t key); /* or NULL */
size_t u64map_count(const struct u64map *m);
DEFINE_CLEANUP(struct u64map *, u64map_free)

/* 64-bit hash of bytes; the same on every machine and in every version (it
 * stands in stores). */
uint64_t hash64(const void *p, size_t n);
uint64_t hash64_seed(const void *p, size_t n, uint64_t seed);

#endif
