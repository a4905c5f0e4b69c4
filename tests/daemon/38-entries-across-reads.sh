#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A stack trace that is written in pieces, with pauses between its lines and
# within them, is one event; one that never ends is cut, and nothing of it is lost.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 1s

[journal]
enabled = no

[log "app"]
path = $WORK/log/app.log
timezone = UTC
END
: >log/app.log
"$RECOUNTD" --config recountd.conf 2>recountd.said &
PIDS+=($!)
soon grep -q following recountd.said
put()
{
	printf "$1" >>log/app.log
	sleep 0.3
}
put '2026-11-20 10:00:00,001 ERROR app: order fai'
put 'led\nTraceback (most recent call last):\n  File "a.py", li'
put 'ne 7, in take\n'
put '    pool.get()\nTimeoutError: no connection\n'
put '2026-11-20 10:00:01,001 INFO app: next\n'
two()
{
	[ "$(stored | wc -l)" = 2 ]
}
soon two || fail "$(stored)"
kill -TERM "${PIDS[0]}"
wait "${PIDS[0]}" || fail "exit $?"
stored | jq -s -r '.[].raw' | diff log/app.log - || fail "not as written"
[ "$(stored | jq -r '.raw | split("\n") | length' | sort -n | tr '\n' ' ')" = \
    '1 5 ' ] || fail "not one event: $(stored)"

rm recount.db
{
	seq -f '2026-11-20 09:59:59,%03.0f INFO app: before' 500
	echo '2026-11-20 10:00:00,001 ERROR app: for ever'
	seq -f '    at some.place(File.java:%.0f)' 150000
	echo '2026-11-20 10:00:01,001 INFO app: next'
} >long.log
"$RECOUNT" --db recount.db import --source-timezone=UTC long.log \
    >said 2>&1 || fail "$(cat said)"
stored >stored.jsonl
[ "$(jq -r .raw stored.jsonl | wc -l)" = 150502 ] || fail "lines are missing"
grep -q 'INFO app: next' stored.jsonl || fail "what comes next is lost"
jq -es 'length > 502 and all(.raw | length <= 1048576)' stored.jsonl \
    >/dev/null || fail "an entry without bounds"
