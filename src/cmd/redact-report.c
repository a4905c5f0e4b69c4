/* SPDX-License-Identifier: MIT */
/*
 * --redact, --redact-key and --blameless: from options to a redactor.
 *
 * The key is the store's own unless one is given, so that two reports of one
 * store agree.  A key file may hold anything of 16 bytes and more: it is
 * hashed.  Stores of several hosts agree when they are given the same file.
 */
#include "redact-report.h"

#include <openssl/sha.h>

#include "recount/file.h"

#define KEY_FILE_MIN 16
#define KEY_FILE_MAX 65536

static int
read_key(const struct cmd_context *c, const char *path,
    uint8_t key[REDACT_KEY_BYTES])
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct reterr err;

	if (file_read(path, KEY_FILE_MAX, &text, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	if (text.n < KEY_FILE_MIN)
		return cmd_fail(
		    c, "%s: a key has at least %d bytes", path, KEY_FILE_MIN);
	SHA256((const unsigned char *)text.p, text.n, key);
	return EXIT_DONE;
}

int
redact_open(const struct cmd_context *c, struct store *st,
    struct redactor **ret, unsigned *ret_flags)
{
	const char *path = cmd_own(c, "redact-key");
	uint8_t key[REDACT_KEY_BYTES];
	unsigned flags = 0;

	*ret = NULL;
	*ret_flags = 0;
	if (cmd_own(c, "redact") != NULL)
		flags |= REDACT_VALUES;
	if (cmd_own(c, "blameless") != NULL)
		flags |= REDACT_PEOPLE;
	if (path != NULL && !(flags & REDACT_VALUES))
		return cmd_usage(c, "--redact-key goes with --redact");
	if (flags == 0)
		return EXIT_DONE;
	if (path != NULL) {
		int status = read_key(c, path, key);

		if (status != EXIT_DONE)
			return status;
	} else if (store_secret(st, key) < 0) {
		return cmd_fail(c,
		    "%s: has no key for pseudonyms yet, since no importing "
		    "command or recountd of this version has opened it; "
		    "--redact-key FILE gives one",
		    c->db);
	}
	*ret = redactor_new(flags, key);
	*ret_flags = flags;
	return EXIT_DONE;
}
