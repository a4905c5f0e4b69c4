/* SPDX-License-Identifier: MIT */
/*
 * Who may post.
 *
 * Tokens are compared by their digests, so that neither the length nor the
 * first wrong byte shows in how long it takes; every secret is tried, and every
 * signature in the header, before the answer is given.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <strings.h>

#include "webhook.h"

/* Signatures in one header: PagerDuty sends one per secret of a change. */
#define SIGNATURES_MAX 16

bool
auth_bearer(struct str secrets, const char *authorization)
{
	static const char scheme[] = "Bearer ";
	unsigned char given[SHA256_DIGEST_LENGTH], want[SHA256_DIGEST_LENGTH];
	struct str token, secret;
	bool fits = false;

	if (!authorization ||
	    strncasecmp(authorization, scheme, strlen(scheme)) != 0)
		return false;
	token = str_trim(str_of(authorization + strlen(scheme)));
	if (token.n == 0)
		return false;
	SHA256((const unsigned char *)token.p, token.n, given);
	while (secrets.n) {
		secrets = str_cut(secrets, '\n', &secret);
		SHA256((const unsigned char *)secret.p, secret.n, want);
		fits |= CRYPTO_memcmp(given, want, sizeof(want)) == 0;
	}
	return fits;
}

static bool
signed_with(struct str secret, struct str body, const char *signature)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	char hex[2 * SHA256_DIGEST_LENGTH];
	struct str list = str_of(signature), one;
	unsigned n = 0;
	bool fits = false;

	if (!HMAC(EVP_sha256(), secret.p, (int)secret.n,
		(const unsigned char *)body.p, body.n, mac, &n) ||
	    n != SHA256_DIGEST_LENGTH)
		return false;
	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[mac[i] >> 4];
		hex[2 * i + 1] = digits[mac[i] & 15];
	}
	for (int i = 0; i < SIGNATURES_MAX && list.n; i++) {
		list = str_cut(list, ',', &one);
		one = str_trim(one);
		if (!str_starts(one, STR("v1=")))
			continue;
		one = str_skip(one, 3);
		fits |= one.n == sizeof(hex) &&
			CRYPTO_memcmp(one.p, hex, sizeof(hex)) == 0;
	}
	return fits;
}

bool
auth_signature(struct str secrets, struct str body, const char *signature)
{
	struct str secret;
	bool fits = false;

	if (!signature)
		return false;
	while (secrets.n) {
		secrets = str_cut(secrets, '\n', &secret);
		fits |= signed_with(secret, body, signature);
	}
	return fits;
}
