#!/bin/bash
# SPDX-License-Identifier: MIT
#
# .ci/package makes a Debian package of the committed tree, twice the same byte
# for byte, whose configuration dpkg knows, whose service is enabled and whose
# sockets are not, and whose purge takes what the service wrote and nothing
# else.  It builds everything twice: only with RECOUNT_TEST_PACKAGE=1.

. "$(dirname "$0")/lib.sh"
[ -n "${RECOUNT_TEST_PACKAGE:-}" ] ||
    skip "builds all of it twice; RECOUNT_TEST_PACKAGE=1 asks for it"
command -v dpkg-buildpackage dh >/dev/null || skip "no debhelper here"

"$ROOT/.ci/package" -o "$WORK/one" >said 2>&1 || fail "$(cat said)"
TMPDIR=$WORK "$ROOT/.ci/package" -o "$WORK/two" >said 2>&1 || fail "$(cat said)"
for file in one/*; do
	cmp "$file" "two/$(basename "$file")" || fail "$file differs"
done
[ "$(find one -name '*.deb' -o -name '*.dsc' -o -name '*.tar.xz' |
    wc -l)" = 3 ] || fail "$(ls one)"

dpkg-deb --raw-extract one/*.deb deb
grep -qx /etc/recount/recountd.conf deb/DEBIAN/conffiles ||
    fail "$(cat deb/DEBIAN/conffiles)"
cmp deb/etc/recount/recountd.conf "$ROOT/samples/recountd.conf"
for path in usr/bin/recount usr/sbin/recountd etc/recount/parsers.d \
    etc/recount/recountd.conf.d lib/systemd/system/recountd.service \
    lib/systemd/system/recountd-syslog.socket \
    usr/lib/sysusers.d/recount.conf usr/lib/tmpfiles.d/recount.conf \
    usr/share/recount/parsers/formats.json \
    usr/share/man/man5/recount-parsers.5.gz; do
	[ -e "deb/$path" ] || fail "no $path: $(find deb -type f | sort)"
done
! find deb -type f -perm /022 | grep . || fail "others may write that"
grep -q 'systemd-sysusers.* recount.conf' deb/DEBIAN/postinst ||
    fail "makes no user: $(cat deb/DEBIAN/postinst)"
grep -q 'systemd-tmpfiles .*recount.conf' deb/DEBIAN/postinst ||
    fail "makes no folder: $(cat deb/DEBIAN/postinst)"
grep -q "deb-systemd-helper enable 'recountd.service'" deb/DEBIAN/postinst ||
    fail "is not enabled: $(cat deb/DEBIAN/postinst)"
! grep -E "invoke .*start .*recountd-syslog" deb/DEBIAN/postinst ||
    fail "starts sockets"
for script in postinst prerm postrm; do
	sh -n "deb/DEBIAN/$script" || fail "$script"
done
"deb/usr/bin/recount" --version >/dev/null || fail "does not run"
