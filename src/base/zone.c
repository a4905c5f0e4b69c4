/* SPDX-License-Identifier: MIT */
/*
 * Time zones, read from zoneinfo's TZif files (RFC 8536) by our own reader.
 * libc knows one zone per process, picked by an environment variable, and
 * does not say when a wall-clock time occurs twice or never; logs of several
 * sites need several zones at once and an answer to exactly that.
 *
 * A file lists transitions up to some year and, for ever after, a rule in
 * POSIX notation ("CET-1CEST,M3.5.0,M10.5.0/3").  The version 1 block (32-bit
 * times) is only used where there is no other.
 *
 * From wall clock to UTC: the offset in force a day before and the one a day
 * after are the only candidates.  Each gives a time; that time counts if its
 * own offset is the one assumed.  Both count: the clock showed it twice.
 * Neither: it was skipped.
 *
 * Zones are cached in a list and never freed.  Names that come from input can
 * only add files that exist and whole-minute offsets, so the list is bounded.
 */
#include "zone.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "zone-rule.h"

#define ZONEINFO "/usr/share/zoneinfo"
#define ZONE_FILE_MAX ((size_t)256 * 1024)
#define ZONE_NAME_MAX 128
#define SECONDS_PER_DAY 86400

struct zone_type {
	int offset;
	unsigned abbrev; /* place in zone.abbrevs */
};

struct zone {
	struct zone *next;
	char *name;
	int64_t *at; /* ascending; types_at[i] holds from at[i] on */
	unsigned char *types_at;
	size_t n_at;
	struct zone_type *types; /* at least one */
	size_t n_types;
	char *abbrevs; /* NUL-separated, ends with NUL */
	bool has_rule;
	struct zone_rule rule;
};

static struct {
	pthread_mutex_t lock;
	struct zone *zones;
	const struct zone *local;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	xfree(z->name);
	xfree(z->at);
	xfree(z->types_at);
	xfree(z->types);
	xfree(z->abbrevs);
	xfree(z);
}
DEFINE_CLEANUP(struct zone *, zone_free)

static uint64_t
be(const unsigned char *p, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

struct tzif_head {
	char version;
	size_t isut, isstd, leaps, times, types, chars;
};

static int
head_read(struct str *file, struct tzif_head *ret)
{
	const unsigned char *p = (const unsigned char *)file->p;

	if (file->n < 44 || memcmp(p, "TZif", 4) != 0)
		return -EBADMSG;
	*ret = (struct tzif_head){
	    .version = (char)p[4],
	    .isut = be(p + 20, 4),
	    .isstd = be(p + 24, 4),
	    .leaps = be(p + 28, 4),
	    .times = be(p + 32, 4),
	    .types = be(p + 36, 4),
	    .chars = be(p + 40, 4),
	};
	*file = str_skip(*file, 44);
	/* No count beyond the file's own size, so sums cannot overflow. */
	if (ret->isut > ZONE_FILE_MAX || ret->isstd > ZONE_FILE_MAX ||
	    ret->leaps > ZONE_FILE_MAX || ret->times > ZONE_FILE_MAX ||
	    ret->chars > ZONE_FILE_MAX || ret->types < 1 || ret->types > 256)
		return -EBADMSG;
	return 0;
}

static size_t
block_size(const struct tzif_head *h, size_t width)
{
	return h->times * width + h->times + h->types * 6 + h->chars +
	       h->leaps * (width + 4) + h->isstd + h->isut;
}

static int
block_read(
    struct str *file, const struct tzif_head *h, size_t width, struct zone *z)
{
	const unsigned char *p = (const unsigned char *)file->p;

	if (file->n < block_size(h, width))
		return -EBADMSG;
	z->n_at = h->times;
	z->at = xcalloc(h->times + 1, sizeof(*z->at));
	for (size_t i = 0; i < h->times; i++, p += width) {
		uint64_t v = be(p, width);

		z->at[i] = width == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
		if (i > 0 && z->at[i] <= z->at[i - 1])
			return -EBADMSG;
	}
	z->types_at = (unsigned char *)xmemdup0(p, h->times);
	p += h->times;
	for (size_t i = 0; i < h->times; i++) {
		if (z->types_at[i] >= h->types)
			return -EBADMSG;
	}
	z->n_types = h->types;
	z->types = xcalloc(h->types, sizeof(*z->types));
	for (size_t i = 0; i < h->types; i++, p += 6) {
		z->types[i].offset = (int32_t)(uint32_t)be(p, 4);
		z->types[i].abbrev = p[5];
		if (abs(z->types[i].offset) > 26 * 3600 || p[5] >= h->chars)
			return -EBADMSG;
	}
	z->abbrevs = xmemdup0(p, h->chars);
	*file = str_skip(*file, block_size(h, width));
	return 0;
}

static int
tzif_read(struct str file, struct zone *z)
{
	struct tzif_head head;
	struct str footer;
	int r;

	r = head_read(&file, &head);
	if (r < 0)
		return r;
	if (head.version < '2')
		return block_read(&file, &head, 4, z);
	if (file.n < block_size(&head, 4))
		return -EBADMSG;
	file = str_skip(file, block_size(&head, 4));
	r = head_read(&file, &head);
	if (r < 0)
		return r;
	r = block_read(&file, &head, 8, z);
	if (r < 0)
		return r;
	if (file.n > 0 && file.p[0] == '\n') {
		str_cut(str_skip(file, 1), '\n', &footer);
		z->has_rule = zone_rule_parse(footer, &z->rule) == 0;
	}
	return 0;
}

static int
zone_load(const char *path, struct zone *z)
{
	CLEANUP(xfree) char *bytes = NULL;
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return -errno;
	bytes = xmalloc(ZONE_FILE_MAX);
	n = fread(bytes, 1, ZONE_FILE_MAX, f);
	fclose(f);
	return tzif_read((struct str){bytes, n}, z);
}

static struct zone *
zone_fixed(const char *name, const char *abbrev, int offset)
{
	struct zone *z = xcalloc(1, sizeof(*z));

	z->name = xstrdup(name);
	z->types = xcalloc(1, sizeof(*z->types));
	z->types[0].offset = offset;
	z->n_types = 1;
	z->abbrevs = xstrdup(abbrev);
	return z;
}

/* z joins the cache; the lock is held. */
static const struct zone *
keep(struct zone *z)
{
	z->next = cache.zones;
	cache.zones = z;
	return z;
}

static const struct zone *
find_kept(const char *name)
{
	for (const struct zone *z = cache.zones; z != NULL; z = z->next) {
		if (strcmp(z->name, name) == 0)
			return z;
	}
	return NULL;
}

const struct zone *
zone_utc(void)
{
	static struct zone_type type;
	static char abbrev[] = "UTC", name[] = "UTC";
	static const struct zone utc = {
	    .name = name, .types = &type, .n_types = 1, .abbrevs = abbrev};

	return &utc;
}

/* "+02:00", "-0530", "+2": seconds east of UTC. */
static int
offset_parse(struct str s, int *ret)
{
	int digits[4] = {0}, n = 0, sign, hours, minutes = 0;

	if (s.n < 2 || (s.p[0] != '+' && s.p[0] != '-'))
		return -EINVAL;
	sign = s.p[0] == '-' ? -1 : 1;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == ':' && i >= 2 && i == s.n - 3)
			continue;
		if (s.p[i] < '0' || s.p[i] > '9' || n == 4)
			return -EINVAL;
		digits[n++] = s.p[i] - '0';
	}
	switch (n) {
	case 1:
		hours = digits[0];
		break;
	case 2:
		hours = digits[0] * 10 + digits[1];
		break;
	case 3: /* "+5:30", not "+530" */
		if (s.n != 5)
			return -EINVAL;
		hours = digits[0];
		minutes = digits[1] * 10 + digits[2];
		break;
	default:
		hours = digits[0] * 10 + digits[1];
		minutes = digits[2] * 10 + digits[3];
	}
	if (hours > 23 || minutes > 59)
		return -EINVAL;
	*ret = sign * (hours * 3600 + minutes * 60);
	return 0;
}

/* A relative path of plain names: nothing that leaves the folder. */
static bool
name_is_safe(struct str name)
{
	if (name.n == 0 || name.n > ZONE_NAME_MAX || name.p[0] == '/')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '+' || c == '-' ||
			c == '_' || c == '/'))
			return false;
	}
	return true;
}

static const struct zone *
find_locked(const char *name, const char *path)
{
	CLEANUP(zone_free) struct zone *z = NULL;
	const struct zone *kept = find_kept(name);

	if (kept != NULL)
		return kept;
	z = xcalloc(1, sizeof(*z));
	if (zone_load(path, z) < 0)
		return NULL;
	z->name = xstrdup(name);
	return keep(STEAL(z));
}

int
zone_find(struct str name, const struct zone **ret)
{
	const char *folder = getenv("TZDIR");
	char text[ZONE_NAME_MAX + 1], path[4096];
	const struct zone *z;
	int offset;

	if (name.n == 0 || name.n > ZONE_NAME_MAX)
		return -ENOENT;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
	if (strlen(text) != name.n)
		return -ENOENT; /* a NUL inside */
	if (strcasecmp(text, "UTC") == 0 || strcasecmp(text, "Z") == 0) {
		*ret = zone_utc();
		return 0;
	}
	if (offset_parse(name, &offset) == 0) {
		snprintf(text, sizeof(text), "%c%02d:%02d",
		    offset < 0 ? '-' : '+', abs(offset) / 3600,
		    abs(offset) / 60 % 60);
		pthread_mutex_lock(&cache.lock);
		z = find_kept(text);
		if (z == NULL)
			z = keep(zone_fixed(text, text, offset));
		pthread_mutex_unlock(&cache.lock);
		*ret = z;
		return 0;
	}
	if (!name_is_safe(name))
		return -ENOENT;
	if (folder == NULL || folder[0] == '\0')
		folder = ZONEINFO;
	snprintf(path, sizeof(path), "%s/%s", folder, text);
	pthread_mutex_lock(&cache.lock);
	z = find_locked(text, path);
	pthread_mutex_unlock(&cache.lock);
	if (z == NULL)
		return -ENOENT;
	*ret = z;
	return 0;
}

/* The name of the zone that /etc/localtime is a link to, or "local". */
static void
localtime_name(char *out, size_t size)
{
	char target[4096];
	ssize_t n = readlink("/etc/localtime", target, sizeof(target) - 1);
	const char *at;

	snprintf(out, size, "local");
	if (n <= 0)
		return;
	target[n] = '\0';
	at = strstr(target, "zoneinfo/");
	if (at != NULL && at[strlen("zoneinfo/")] != '\0')
		snprintf(out, size, "%s", at + strlen("zoneinfo/"));
}

/* A POSIX rule alone, as $TZ may hold one. */
static const struct zone *
zone_of_rule(const char *text)
{
	struct zone_rule rule;
	struct zone *z;

	if (zone_rule_parse(str_of(text), &rule) < 0)
		return NULL;
	z = zone_fixed(text, rule.std_abbrev, rule.std_offset);
	z->has_rule = true;
	z->rule = rule;
	return z;
}

static const struct zone *
local_find(void)
{
	const char *tz = getenv("TZ");
	char name[ZONE_NAME_MAX + 1];
	const struct zone *z = NULL;

	if (tz == NULL) {
		localtime_name(name, sizeof(name));
		if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0)
			return zone_utc();
		pthread_mutex_lock(&cache.lock);
		z = find_locked(name, "/etc/localtime");
		pthread_mutex_unlock(&cache.lock);
		return z != NULL ? z : zone_utc();
	}
	if (tz[0] == ':')
		tz++;
	if (tz[0] == '/') {
		pthread_mutex_lock(&cache.lock);
		z = find_locked(tz, tz);
		pthread_mutex_unlock(&cache.lock);
	} else if (zone_find(str_of(tz), &z) < 0) {
		z = zone_of_rule(tz);
	}
	return z != NULL ? z : zone_utc();
}

const struct zone *
zone_local(void)
{
	const struct zone *z = __atomic_load_n(&cache.local, __ATOMIC_ACQUIRE);

	if (z == NULL) {
		z = local_find();
		__atomic_store_n(&cache.local, z, __ATOMIC_RELEASE);
	}
	return z;
}

const char *
zone_name(const struct zone *z)
{
	return z->name;
}

static int
offset_at(const struct zone *z, int64_t seconds, const char **ret_abbrev)
{
	size_t low = 0, high = z->n_at;
	const struct zone_type *type;

	if (z->has_rule && (z->n_at == 0 || seconds >= z->at[z->n_at - 1]))
		return zone_rule_offset(&z->rule, seconds, ret_abbrev);
	while (low < high) { /* the first transition behind seconds */
		size_t mid = low + (high - low) / 2;

		if (z->at[mid] <= seconds)
			low = mid + 1;
		else
			high = mid;
	}
	type = &z->types[low == 0 ? 0 : z->types_at[low - 1]];
	*ret_abbrev = z->abbrevs + type->abbrev;
	return type->offset;
}

void
zone_to_civil(const struct zone *z, usec_t t, struct civil *ret,
    int *ret_offset, const char **ret_abbrev)
{
	int64_t seconds = t / USEC_PER_SEC;
	int usec = (int)(t % USEC_PER_SEC);
	const char *abbrev;
	int offset;

	if (usec < 0) {
		seconds--;
		usec += (int)USEC_PER_SEC;
	}
	offset = offset_at(z, seconds, &abbrev);
	civil_from_seconds(seconds + offset, ret);
	ret->usec = usec;
	if (ret_offset != NULL)
		*ret_offset = offset;
	if (ret_abbrev != NULL)
		*ret_abbrev = abbrev;
}

static usec_t
usec_of(int64_t seconds, int usec)
{
	usec_t t;

	if (__builtin_mul_overflow(seconds, USEC_PER_SEC, &t) ||
	    __builtin_add_overflow(t, usec, &t))
		return seconds < 0 ? -INT64_MAX : INT64_MAX;
	return t;
}

enum zone_answer
zone_from_civil(
    const struct zone *z, const struct civil *c, usec_t *ret, usec_t *ret_later)
{
	int64_t wall = civil_to_seconds(c);
	const char *abbrev;
	int before = offset_at(z, wall - SECONDS_PER_DAY, &abbrev);
	int after = offset_at(z, wall + SECONDS_PER_DAY, &abbrev);
	usec_t a = usec_of(wall - before, c->usec);
	usec_t b = usec_of(wall - after, c->usec);
	bool a_holds, b_holds;

	if (before == after) {
		*ret = *ret_later = a;
		return ZONE_ONCE;
	}
	a_holds = offset_at(z, wall - before, &abbrev) == before;
	b_holds = offset_at(z, wall - after, &abbrev) == after;
	if (a_holds && b_holds) {
		*ret = a < b ? a : b;
		*ret_later = a < b ? b : a;
		return ZONE_TWICE;
	}
	*ret = *ret_later = b_holds ? b : a;
	return a_holds || b_holds ? ZONE_ONCE : ZONE_NEVER;
}

bool
zone_abbrev_offset(const struct zone *z, struct str abbrev, int *ret_offset)
{
	char text[16];

	if (abbrev.n == 0 || abbrev.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(abbrev));
	if (z->has_rule) {
		if (strcasecmp(text, z->rule.std_abbrev) == 0) {
			*ret_offset = z->rule.std_offset;
			return true;
		}
		if (z->rule.has_dst &&
		    strcasecmp(text, z->rule.dst_abbrev) == 0) {
			*ret_offset = z->rule.dst_offset;
			return true;
		}
	}
	for (size_t i = z->n_at; i > 0; i--) {
		const struct zone_type *type = &z->types[z->types_at[i - 1]];

		if (strcasecmp(text, z->abbrevs + type->abbrev) == 0) {
			*ret_offset = type->offset;
			return true;
		}
	}
	return false;
}
