#!/bin/bash
# SPDX-License-Identifier: MIT
#
# recountd --check says what it would read and exits 0, without writing
# anything; of a wrong configuration it names file, line and what is wrong,
# and fails.

. "$(dirname "$0")/lib.sh"
touch log/access.log log/syslog
cat >good.conf <<END
[store]
path = $WORK/sub/recount.db
max-age = 30d
commit-interval = 1s

[journal]
enabled = no

[nginx "shop"]
access-log = $WORK/log/access.log
log-format = combined
service = shop

[syslog "main"]
path = $WORK/log/syslog
timezone = Europe/Berlin

[syslog-listen "net"]
listen = udp://127.0.0.1:5514
END
"$RECOUNTD" --config good.conf --check >said 2>&1 || fail "$(cat said)"
for name in log/access.log log/syslog Europe/Berlin 5514; do
	grep -q "$name" said || fail "does not speak of $name: $(cat said)"
done
[ ! -e sub ] || fail "--check wrote something"

rejects() # LINE-NUMBER WORD: bad.conf, with this said of it
{
	! "$RECOUNTD" --config bad.conf --check >said 2>&1 ||
	    fail "accepted: $(cat bad.conf)"
	grep -q "bad.conf:$1\b" said || fail "not bad.conf:$1: $(cat said)"
	grep -qi -- "$2" said || fail "not a word of $2: $(cat said)"
}
printf '[store]\npath = /x.db\nmax-aeg = 30d\n' >bad.conf
rejects 3 max-aeg
printf '[store]\nmax-age = thirty\n' >bad.conf
rejects 2 thirty
printf '[shop]\nx = 1\n' >bad.conf
rejects 1 shop
printf '[syslog "a"]\npath = /x\ntimezone = Mars/Olympus\n' >bad.conf
rejects 3 Mars/Olympus
printf "[nginx \"a\"]\naccess-log = /x\nlog-format = 'nothing to read'\n" \
    >bad.conf
rejects 3 'nothing to read'
printf '[syslog-listen "a"]\nlisten = udp//:514\n' >bad.conf
rejects 2 'udp://'
printf '[syslog-listen "a"]\nlisten = tls://:6514\n' >bad.conf
rejects 1 certificate
printf '[syslog-listen "a"]\nlisten = tls://:6514\ncertificate = /no\n' \
    >bad.conf
! "$RECOUNTD" --config bad.conf --check >said 2>&1 || fail "no certificate"
grep -q 'WRONG: certificate /no: No such file' said || fail "$(cat said)"
printf 'path = x\n' >bad.conf
rejects 1 section

! "$RECOUNTD" --config no-such.conf --check >said 2>&1 || fail "no file, no fault"
grep -q no-such.conf said || fail "$(cat said)"
