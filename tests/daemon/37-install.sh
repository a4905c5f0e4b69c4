#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What meson installs into DESTDIR works from there: the programs run, find
# their data where it was put, and all that a service needs is beside them.
# Uninstalling leaves no file behind.

. "$(dirname "$0")/lib.sh"
BUILD=$(cd "$(dirname "$RECOUNT")/../.." && pwd)
[ -f "$BUILD/build.ninja" ] || skip "$RECOUNT is in no build folder"
PREFIX=$(meson introspect --buildoptions "$BUILD" |
    jq -r '.[] | select(.name == "prefix") | .value')
TOP=$WORK/root$PREFIX
SHARE=$TOP/share

# Who has installed from this folder may uninstall with its log yet.
[ ! -f "$BUILD/meson-logs/install-log.txt" ] ||
    cp "$BUILD/meson-logs/install-log.txt" before
meson install -C "$BUILD" --no-rebuild --quiet --destdir "$WORK/root" \
    >said 2>&1 || fail "$(cat said)"

for path in bin/recount sbin/recountd lib/systemd/system/recountd.service \
    lib/systemd/system/recountd-syslog.socket \
    lib/systemd/system/recount-snapshot@.timer \
    lib/sysusers.d/recount.conf lib/tmpfiles.d/recount.conf \
    share/doc/recount/examples/recountd.conf \
    share/bash-completion/completions/recount \
    share/bash-completion/completions/recountd \
    share/zsh/site-functions/_recount \
    share/fish/vendor_completions.d/recount.fish; do
	[ -e "$TOP/$path" ] || fail "no $path: $(find root | sort)"
done
for page in "$ROOT"/src/cmd/*.[1-8]; do
	name=$(basename "$page")
	[ -e "$SHARE/man/man${name##*.}/$name" ] || fail "no $name"
done
find root -name recount_sqlite.so | grep -q . || fail "no extension"
! find root -path '*recount/parsers/README.md' | grep . || fail "a README"

# They work, with no source tree in sight.
export RECOUNT_PARSERS=$SHARE/recount/parsers
export RECOUNT_TEMPLATES=$SHARE/recount/templates
printf '%s\n' '2026-11-20T10:00:00.000000+00:00 web1 app[7]: it is done' \
    >log/syslog
"$TOP/bin/recount" parsers test >said || fail "$(cat said)"
"$TOP/bin/recount" --db t.db import log/syslog >said 2>&1 || fail "$(cat said)"
"$TOP/bin/recount" --db t.db report --template pagerduty -S 2026-11-20 \
    -U 2026-11-21 >said 2>&1 || fail "$(cat said)"
printf '[syslog "main"]\npath = %s/log/syslog\n' "$WORK" >c.conf
"$TOP/sbin/recountd" --config c.conf --check >said 2>&1 || fail "$(cat said)"
unset RECOUNT_PARSERS RECOUNT_TEMPLATES
# Without being told they look where they would be.
"$TOP/bin/recount" parsers test >said 2>&1 && [ ! -d "$PREFIX/share/recount" ] &&
    fail "found its data in nowhere: $(cat said)"

(cd "$BUILD" && ninja uninstall) >said 2>&1 || fail "$(cat said)"
! find root ! -type d | grep . || fail "left behind"
[ ! -f before ] || cp before "$BUILD/meson-logs/install-log.txt"
