#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Somebody else holds the database's write lock for longer than one commit may
# take: recountd says so, waits, and then stores every line exactly once; a
# second recountd or an import is refused with a message, and those who read
# are never in anybody's way.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 100ms

[journal]
enabled = no

[log "app"]
path = $WORK/log/app.log
timezone = UTC
END
n=0
write()
{
	for i in $(seq "$1"); do
		n=$((n + 1))
		echo "2026-11-20 10:00:$((10 + n % 50)) INFO app: order $n"
	done >>log/app.log
}
all_there()
{
	[ "$(stored | wc -l)" = "$n" ]
}
write 10
"$RECOUNTD" --config recountd.conf 2>recountd.said &
daemon=$!
PIDS+=("$daemon")
soon all_there
cat >lock.py <<'END'
import sqlite3
import time

db = sqlite3.connect("recount.db", isolation_level=None, timeout=20)
db.execute("BEGIN IMMEDIATE")
open("locked", "w").close()
time.sleep(8)
db.execute("ROLLBACK")
END
python3 lock.py &
lock=$!
soon test -e locked
write 500
for i in 1 2 3; do
	[ "$(stored | wc -l)" = 10 ] || fail "a reader saw $(stored | wc -l)"
	sleep 0.3
done
wait $lock
soon all_there || fail "$(stored | wc -l) of $n: $(cat recountd.said)"
kill -0 "$daemon" || fail "it ended: $(cat recountd.said)"
! "$RECOUNTD" --config recountd.conf 2>second.said || fail "two of them"
grep -q recount.db second.said || fail "not named: $(cat second.said)"
write 5
soon all_there
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
[ "$(stored | wc -l)" = "$n" ] || fail "doubled"
