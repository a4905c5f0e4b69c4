#!/bin/bash
# SPDX-License-Identifier: MIT
#
# SIGUSR1: recountd says how it stands - queue, sources, positions - and goes
# on as before.  The position is the one behind the last line.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 50ms

[journal]
enabled = no

[syslog "main"]
path = $WORK/log/syslog
END
for n in $(seq 200); do
	echo "2026-11-20T10:00:00.000000+00:00 web1 app[7]: job $n is done"
done >log/syslog
unset JOURNAL_STREAM
"$RECOUNTD" --config recountd.conf 2>said &
daemon=$!
PIDS+=("$daemon")
all_stored() { [ "$(stored | wc -l)" = "$1" ]; }
soon all_stored 200
kill -USR1 "$daemon"
inode=$(stat -c %i log/syslog) size=$(stat -c %s log/syslog)
soon grep -q "state: position: .*log/syslog, inode $inode, offset $size" said ||
    fail "$(cat said)"
grep -q "state: version .*store $WORK/recount.db" said || fail "$(cat said)"
grep -q 'state: queue: 0 events, 0 bytes; last commit 20' said ||
    fail "$(cat said)"
grep -q 'state: since the start: 200 events' said || fail "$(cat said)"
grep -qE 'state: source: file .*log/syslog: 200 events, .* 0 bytes and' said ||
    fail "$(cat said)"

# It goes on, also when it is asked again and again.
for n in $(seq 20); do
	echo "2026-11-20T10:00:01.000000+00:00 web1 app[7]: more $n" \
	    >>log/syslog
	kill -USR1 "$daemon"
done
soon all_stored 220
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
