#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The units of systemd/ are ones that systemd-analyze has nothing to say
# against, and give their programs next to nothing: exposure 1.2 at most.

. "$(dirname "$0")/lib.sh"
command -v systemd-analyze >/dev/null || skip "no systemd-analyze here"
mkdir units
cp "$ROOT"/systemd/*.service "$ROOT"/systemd/*.socket \
    "$ROOT"/systemd/*.timer units
# A template is verified as an instance.
for unit in units/*@.*; do
	mv "$unit" "${unit/@/@1h}"
done
sed -i "s|^ExecStart=/usr/sbin/recountd|ExecStart=$RECOUNTD|
    s|^ExecStart=/usr/bin/recount |ExecStart=$RECOUNT |" units/*.service
[ "$(grep -lE "^ExecStart=($RECOUNT|$RECOUNTD)" units/*.service | wc -l)" = 2 ] ||
    fail "programs are elsewhere: $(grep -h ExecStart= units/*.service)"

# Pages need not be installed to be there.
for page in $(grep -ho 'man:[a-z.-]*([0-9])' units/* | sort -u); do
	name=${page#man:}
	name=${name/(/.}
	[ -f "$ROOT/src/cmd/${name%)}" ] || fail "there is no $page"
done
systemd-analyze verify --man=no units/* >said 2>&1 || fail "$(cat said)"
# What is said of others' units that happen to be installed is not ours.
! grep -E 'recount|^units/|^/.*/units/' said || fail "$(cat said)"

for unit in units/*.service; do
	systemd-analyze security --offline=yes --threshold=12 "$unit" \
	    >said 2>&1 ||
	    fail "$unit: $(tail -n 1 said) $(grep '^✗' said | cut -c 1-90)"
	grep -q 'exposure level' said || fail "$(cat said)"
done

# Who runs it is made by sysusers, and what it needs by tmpfiles.
if command -v systemd-sysusers >/dev/null; then
	mkdir -p root/etc
	systemd-sysusers --root="$WORK/root" "$ROOT/systemd/recount.sysusers" ||
	    fail "sysusers"
	grep -q '^recount:' root/etc/passwd || fail "$(cat root/etc/passwd)"
	grep -q '^recount:' root/etc/group || fail "$(cat root/etc/group)"
fi
if command -v systemd-tmpfiles >/dev/null && [ "$(id -u)" = 0 ] &&
    [ -s root/etc/passwd ]; then
	systemd-tmpfiles --root="$WORK/root" --create \
	    "$ROOT/systemd/recount.tmpfiles" || fail "tmpfiles"
	id=$(awk -F : '$1 == "recount" { print $3 ":" $4 }' root/etc/passwd)
	[ "$(stat -c %u:%g:%a root/var/lib/recount)" = "$id:750" ] ||
	    fail "$(ls -lan root/var/lib)"
fi
