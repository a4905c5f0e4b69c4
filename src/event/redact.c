/* SPDX-License-Identifier: MIT */
/*
 * One pass over the text.  Wherever a word may begin, a short list of
 * recognisers is asked in turn; the first that knows what stands there
 * replaces it, and everything else is copied.  What is private is recognised
 * by its form (addresses, e-mail, well-known tokens), by its place (a query,
 * "password=") or by having been learnt (people, see redact-people.c).
 *
 * A pseudonym is the beginning of HMAC-SHA256 over kind and value, in the
 * digits of evidence ids: 40 bits, so that among 100,000 values two are alike
 * in one report of 200.  Addresses are taken by value, so 192.0.2.1 and
 * ::ffff:192.0.2.1 are one.  Loopback and "any" addresses stay: they are
 * nobody's and say much.
 *
 * When in doubt a thing is replaced: a version number of four parts may become
 * an address, a hidden word costs less than a shown one.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/hmac.h>

#include "recount/event.h"
#include "redact-internal.h"

#define DIGITS 8 /* of a pseudonym, 5 bits each */
#define ADDRESS_MAX INET6_ADDRSTRLEN
/* How far a recogniser looks for the end of what it knows: a line may be a
 * megabyte of what begins like an address. */
#define NAME_BYTES 64
#define EMAIL_BYTES 320

struct redactor *
redactor_new(unsigned flags, const uint8_t key[REDACT_KEY_BYTES])
{
	struct redactor *r = xcalloc(1, sizeof(*r));

	r->flags = flags;
	memcpy(r->key, key, sizeof(r->key));
	r->people = intern_new();
	return r;
}

void
redactor_free(struct redactor *r)
{
	if (!r)
		return;
	intern_free(r->people);
	OPENSSL_cleanse(r->key, sizeof(r->key));
	xfree(r);
}

static void
add_pseudonym(const struct redactor *r, const char *kind, struct str value,
    struct buf *out)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	unsigned char hash[EVP_MAX_MD_SIZE];
	uint64_t bits = 0;

	buf_adds(&text, kind);
	buf_addc(&text, '\0');
	buf_add_str(&text, value);
	HMAC(EVP_sha256(), r->key, sizeof(r->key),
	    (const unsigned char *)text.p, text.n, hash, NULL);
	for (size_t i = 0; i < 8; i++)
		bits = bits << 8 | hash[i];
	buf_addf(out, "%s-", kind);
	for (size_t i = 0; i < DIGITS; i++, bits >>= 5)
		buf_addc(out, digits[bits & 31]);
}

/* ---- the recognisers: how many bytes of s they took, 0 none ---- */

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Bytes of an address in text form, by value; 0: s is none, or nobody's. */
static size_t
address_value(struct str s, unsigned char value[16])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const unsigned char zero[16];
	char text[ADDRESS_MAX + 1];
	size_t n = 4;

	if (s.n > ADDRESS_MAX)
		return 0;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET6, text, value) == 1) {
		n = 16;
		if (memcmp(value, mapped, sizeof(mapped)) == 0) {
			memmove(value, value + sizeof(mapped), 4);
			n = 4;
		}
	} else if (inet_pton(AF_INET, text, value) != 1) {
		return 0;
	}
	if (memcmp(value, zero, n) == 0)
		return 0;
	if (n == 4 ? value[0] == 127
		   : value[15] == 1 && memcmp(value, zero, 15) == 0)
		return 0;
	return n;
}

/* "Chrome/120.0.0.0": the version of a product. */
static bool
is_version(struct str text, size_t at)
{
	return at >= 2 && text.p[at - 1] == '/' &&
	       isalpha((unsigned char)text.p[at - 2]);
}

static size_t
take_address(
    const struct redactor *r, struct str text, size_t at, struct buf *out)
{
	struct str rest = str_sub(text, at, 2 * ADDRESS_MAX);
	unsigned char value[16];
	size_t n = 0, colons = 0, dots = 0, length;

	if (at >= 2 && text.p[at - 1] == '.' &&
	    isdigit((unsigned char)text.p[at - 2]))
		return 0; /* the middle of a longer number */
	while (n < rest.n && (isxdigit((unsigned char)rest.p[n]) ||
				 rest.p[n] == ':' || rest.p[n] == '.')) {
		colons += rest.p[n] == ':';
		dots += rest.p[n] == '.';
		n++;
	}
	if (colons == 1) { /* 192.0.2.1:443 */
		n = (size_t)str_chr(rest, ':');
		colons = 0;
	}
	/* The end of a sentence, or of "client 2001:db8::1: refused". */
	while (n > 0 &&
	       (rest.p[n - 1] == '.' ||
		   (rest.p[n - 1] == ':' && (n < 2 || rest.p[n - 2] != ':'))))
		n--;
	if ((colons < 2 && dots < 3) || (n < rest.n && is_word(rest.p[n])) ||
	    (colons == 0 && is_version(text, at)))
		return 0;
	length = address_value(str_sub(rest, 0, n), value);
	if (length == 0)
		return 0;
	add_pseudonym(r, "ip", (struct str){(char *)value, length}, out);
	return n;
}

/* Names of systemd units look like e-mail addresses: user@1000.service. */
static bool
is_unit_suffix(struct str s)
{
	static const char *const suffixes[] = {"service", "socket", "timer",
	    "mount", "automount", "slice", "scope", "target", "path", "device",
	    "swap"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (str_eq(s, str_of(suffixes[i])))
			return true;
	}
	return false;
}

static size_t
take_email(const struct redactor *r, struct str rest, struct buf *out)
{
	size_t n = 0, dot = 0, host;

	rest = str_sub(rest, 0, EMAIL_BYTES);
	while (n < rest.n &&
	       (is_word(rest.p[n]) ||
		   (n > 0 && strchr(".%+-", rest.p[n]) && rest.p[n] != '\0')))
		n++;
	if (n == 0 || n >= rest.n || rest.p[n] != '@')
		return 0;
	host = ++n;
	while (n < rest.n && (isalnum((unsigned char)rest.p[n]) ||
				 rest.p[n] == '.' || rest.p[n] == '-')) {
		if (rest.p[n] == '.' && n + 1 < rest.n &&
		    isalnum((unsigned char)rest.p[n + 1]))
			dot = n;
		n++;
	}
	while (n > host && !isalnum((unsigned char)rest.p[n - 1]))
		n--;
	if (dot <= host || n < dot + 3 ||
	    is_unit_suffix(str_sub(rest, dot + 1, n - dot - 1)))
		return 0;
	add_pseudonym(r, "email", str_sub(rest, 0, n), out);
	return n;
}

/* Tokens that say by their first letters what they are. */
static size_t
take_token(const struct redactor *r, struct str rest, struct buf *out)
{
	static const struct {
		const char *begin;
		size_t min; /* bytes of the whole */
	} known[] = {
	    {"eyJ", 20},
	    {"AKIA", 20},
	    {"ASIA", 20},
	    {"ghp_", 36},
	    {"gho_", 36},
	    {"ghs_", 36},
	    {"github_pat_", 40},
	    {"glpat-", 20},
	    {"xoxb-", 20},
	    {"xoxp-", 20},
	    {"sk_live_", 20},
	    {"sk-", 24},
	    {"hvs.", 24},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t n = strlen(known[i].begin);

		if (!str_starts(rest, str_of(known[i].begin)))
			continue;
		while (n < rest.n && (is_word(rest.p[n]) || rest.p[n] == '-' ||
					 rest.p[n] == '.'))
			n++;
		if (n < known[i].min)
			continue;
		add_pseudonym(r, "token", str_sub(rest, 0, n), out);
		return n;
	}
	return 0;
}

static bool
ends_value(char c)
{
	return c == '\0' || strchr(" \t\r\n\"'&;,)]}<>#", c) != NULL;
}

/* "Bearer " and "Basic " stand before the value proper. */
static size_t
scheme_length(struct str s)
{
	static const char *const schemes[] = {
	    "Bearer ", "bearer ", "Basic ", "basic ", "Digest ", "Token "};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (str_starts(s, str_of(schemes[i])))
			return strlen(schemes[i]);
	}
	return 0;
}

/* Is the word s, in any case, or its end behind - or _, the name of a secret?
 * `colon`: one follows, as in a header. */
static bool
names_secret(struct str s, bool colon)
{
	static const struct {
		const char *name;
		bool colon;
	} names[] = {
	    {"password", true},
	    {"passwd", true},
	    {"passphrase", true},
	    {"secret", true},
	    {"token", true},
	    {"apikey", true},
	    {"api_key", true},
	    {"api-key", true},
	    {"access_key", true},
	    {"authorization", true},
	    {"cookie", true},
	    {"session_id", true},
	    {"sessionid", true},
	    {"session", false},
	    {"sid", false},
	    {"auth", false},
	    {"sig", false},
	    {"signature", false},
	    {"credential", true},
	    {"jwt", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i].name);

		if (colon && !names[i].colon)
			continue;
		if (s.n < n ||
		    strncasecmp(s.p + s.n - n, names[i].name, n) != 0)
			continue;
		if (s.n == n || s.p[s.n - n - 1] == '_' ||
		    s.p[s.n - n - 1] == '-')
			return true;
	}
	return false;
}

/* password=…, Authorization: Bearer …, "api_key":"…" */
static size_t
take_secret(const struct redactor *r, struct str rest, struct buf *out)
{
	size_t n = 0, end, from;
	bool colon;

	while (n < rest.n && n < NAME_BYTES &&
	       (is_word(rest.p[n]) || rest.p[n] == '-'))
		n++;
	end = n;
	if (n < rest.n && rest.p[n] == '"')
		n++;
	if (n >= rest.n || (rest.p[n] != '=' && rest.p[n] != ':'))
		return 0;
	colon = rest.p[n] == ':';
	if (!names_secret(str_sub(rest, 0, end), colon))
		return 0;
	n++;
	if (colon && n < rest.n && rest.p[n] == ' ')
		n++;
	if (n < rest.n && (rest.p[n] == '"' || rest.p[n] == '\''))
		n++;
	n += scheme_length(str_skip(rest, n));
	for (from = n; n < rest.n && !ends_value(rest.p[n]);)
		n++;
	if (n == from)
		return 0;
	buf_add_str(out, str_sub(rest, 0, from));
	add_pseudonym(r, "secret", str_sub(rest, from, n - from), out);
	return n;
}

/* "?q=john&page=2": names stay, values go; what has no name goes whole. */
static size_t
take_query(const struct redactor *r, struct str rest, struct buf *out)
{
	size_t n = 1;

	buf_addc(out, '?');
	while (n < rest.n && !(ends_value(rest.p[n]) && rest.p[n] != '&' &&
				 rest.p[n] != ';')) {
		size_t from = n;

		while (n < rest.n && !ends_value(rest.p[n])) {
			if (rest.p[n++] == '=') {
				buf_add_str(out, str_sub(rest, from, n - from));
				from = n;
				while (n < rest.n && !ends_value(rest.p[n]))
					n++;
			}
		}
		if (n > from)
			add_pseudonym(
			    r, "value", str_sub(rest, from, n - from), out);
		if (n < rest.n && (rest.p[n] == '&' || rest.p[n] == ';'))
			buf_addc(out, rest.p[n++]);
	}
	return n;
}

static void
add_name(const struct redactor *r, struct str name, struct buf *out)
{
	uint32_t person = intern_find(r->people, name);

	if (person != UINT32_MAX && (r->flags & REDACT_PEOPLE))
		buf_addf(out, "R%u", person + 1);
	else
		add_pseudonym(r, "user", name, out);
}

static size_t
take_person(const struct redactor *r, struct str rest, struct buf *out)
{
	size_t n = 0, whole;

	rest = str_sub(rest, 0, NAME_BYTES + 1);
	while (n < rest.n && redact_is_name(rest.p[n]))
		n++;
	/* A name may have dots in it: the longest that is known counts. */
	whole = n;
	while (whole + 1 < rest.n && rest.p[whole] == '.' &&
	       redact_is_name(rest.p[whole + 1])) {
		whole++;
		while (whole < rest.n && redact_is_name(rest.p[whole]))
			whole++;
	}
	if (intern_find(r->people, str_sub(rest, 0, whole)) != UINT32_MAX)
		n = whole;
	else if (intern_find(r->people, str_sub(rest, 0, n)) == UINT32_MAX)
		return 0;
	add_name(r, str_sub(rest, 0, n), out);
	return n;
}

/* "… invalid user admin from": the name where it was tried, and in an access
 * line the user that the client said it was: "192.0.2.1 - bob [04/Mar/…". */
static size_t
take_tried(
    const struct redactor *r, struct str text, size_t at, struct buf *out)
{
	struct str rest = str_skip(text, at);
	size_t before = 0, n = redact_tried_name(rest, &before);

	if (n == 0 && at > 0 && str_starts(rest, STR(" - "))) {
		ptrdiff_t end =
		    str_find(str_sub(rest, 0, EMAIL_BYTES), STR(" ["));

		before = 3;
		if (end <= 3 ||
		    str_eq(str_sub(rest, 3, (size_t)end - 3), STR("-")) ||
		    memchr(rest.p + 3, ' ', (size_t)end - 3))
			return 0;
		n = (size_t)end - before;
	}
	if (n == 0)
		return 0;
	buf_add_str(out, str_sub(rest, 0, before));
	add_name(r, str_sub(rest, before, n), out);
	return before + n;
}

static size_t
take(const struct redactor *r, struct str text, size_t at, struct buf *out)
{
	bool begins = at == 0 || !is_word(text.p[at - 1]);
	struct str rest = str_skip(text, at);
	size_t n = 0;

	if (r->flags & REDACT_VALUES) {
		if (rest.p[0] == '?' && at > 0 && !ends_value(text.p[at - 1]))
			return take_query(r, rest, out);
		if (rest.p[0] == ' ' || begins)
			n = take_tried(r, text, at, out);
		if (n == 0 && (begins || rest.p[0] == ':'))
			n = take_address(r, text, at, out);
		if (n == 0 && begins)
			n = take_secret(r, rest, out);
		if (n == 0 && begins)
			n = take_token(r, rest, out);
		if (n == 0 && begins)
			n = take_email(r, rest, out);
	}
	if (n == 0 && begins && redact_is_name(rest.p[0]))
		n = take_person(r, rest, out);
	return n;
}

void
redactor_text(struct redactor *r, struct str text, struct buf *out)
{
	size_t copied = 0, at = 0;

	while (at < text.n) {
		CLEANUP(buf_free) struct buf instead = BUF_INIT;
		size_t n = take(r, text, at, &instead);

		if (n == 0) {
			at++;
			continue;
		}
		buf_add_str(out, str_sub(text, copied, at - copied));
		buf_add_str(out, buf_str(&instead));
		at += n;
		copied = at;
	}
	buf_add_str(out, str_skip(text, copied));
}
