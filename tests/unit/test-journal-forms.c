/* SPDX-License-Identifier: MIT */
/*
 * Journal files in every form that journald writes are read as journalctl
 * reads them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* setjmp and friends are cmocka's */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recount/source.h"

#define ENTRIES 3000
#define FIRST ((usec_t)1772625600 * USEC_PER_SEC)

/* Fields of all sizes, shared and not, so that some are packed and some lie
 * where others were. */
static void
write_entries(const char *path)
{
	static const char binary[] = "BYTES\n\x03\0\0\0\0\0\0\0a\nb\n";
	FILE *f = fopen(path, "w");
	unsigned long seed = 11;

	for (int i = 0; i < ENTRIES; i++) {
		fprintf(f,
		    "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%d\n"
		    "_BOOT_ID=0123456789abcdef0123456789abcdef\n"
		    "PRIORITY=%d\n_PID=%d\n_HOSTNAME=web%d\n",
		    (long long)FIRST + i, 1000 + i, i % 8, i % 500, i % 3);
		for (int k = 0; k < 6; k++) {
			unsigned long n;

			seed = seed * 6364136223846793005 + 1442695040888963407;
			n = (seed >> 33) % (seed >> 63 ? 4000 : 60);
			fprintf(f, "FIELD_%d=%lu ", k, n % 1000);
			while (n-- > 0)
				fputc((char)('a' + n % 26), f);
			fputc('\n', f);
		}
		if (i % 7 == 0)
			fwrite(binary, 1, sizeof(binary) - 1, f);
		fprintf(f, "MESSAGE=it happened %d\n\n", i);
	}
	fclose(f);
}

static void
same_in_all_forms(void **state)
{
	static const char *const forms[] = {
	    NULL, "SYSTEMD_JOURNAL_COMPACT", "SYSTEMD_JOURNAL_KEYED_HASH"};
	char dir[] = "/tmp/recount-test-XXXXXX";

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	write_entries("in");
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		static const char *const path = "v.journal";
		CLEANUP(journal_free) struct journal *j = NULL;
		struct journal_entry e;
		FILE *f;

		if (forms[i] != NULL)
			setenv(forms[i], "0", 1);
		assert_int_equal(
		    system("rm -f v.journal; PATH=$PATH:/usr/lib/systemd:"
			   "/lib/systemd systemd-journal-remote -o v.journal "
			   "in 2> log || { cat log; false; }"),
		    0);
		if (forms[i] != NULL)
			unsetenv(forms[i]);
		assert_int_equal(journal_open_files(&path, 1, &j, NULL), 0);
		f = fopen("got", "w");
		while (journal_next(j, &e, NULL) > 0) {
			fwrite(e.raw.p, 1, e.raw.n, f);
			fputc('\n', f);
		}
		fclose(f);
		assert_int_equal(
		    system("journalctl -q -o export --file=v.journal > want; "
			   "test $(grep -c ^MESSAGE= want) = 3000 && "
			   "cmp got want"),
		    0);
	}
	assert_int_equal(chdir("/"), 0);
	CLEANUP(xfree) char *command = xasprintf("rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(same_in_all_forms)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
