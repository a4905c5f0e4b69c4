#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Lines that come late and out of order, and a clock that is set back in the
# middle of a file: nothing is refused or given another time, each event keeps
# the time of its line beside the time when it was seen, a window finds it,
# and the order of the file is kept.

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
: >log/app.log
"$RECOUNTD" --config recountd.conf 2>recountd.said &
PIDS+=($!)
soon grep -q following recountd.said
count()
{
	[ "$(stored | wc -l)" = "$1" ]
}
say()
{
	echo "$1 INFO app: $2" >>log/app.log
}
say '2026-11-20 10:00:00' one
say '2026-11-20 10:00:01' two
soon count 2
say '2026-11-20 09:30:00' 'late by half an hour'
soon count 3
say '2026-11-01 00:00:00' 'late by weeks'
say '2026-11-20 10:00:02' three
soon count 5
# The clock is set back by two hours, and goes on.
for i in 10 11 12; do
	say "2026-11-20 08:00:$i" "after the step $i"
done
soon count 8
kill -TERM "${PIDS[0]}"
wait "${PIDS[0]}" || fail "exit $?"
stored >stored.jsonl
jq -se 'all(.observed_timestamp > "2026-11-20T11" and
    .timestamp < "2026-11-20T10:01")' stored.jsonl >/dev/null ||
    fail "times: $(jq -c '[.timestamp, .observed_timestamp]' stored.jsonl)"
[ "$(stored -S '2026-11-20 08:00' -U '2026-11-20 08:01' | wc -l)" = 3 ] ||
    fail "the window does not find what came after the step"
[ "$(stored -S '2026-11-01' -U '2026-11-02' | jq -r .raw)" = \
    '2026-11-01 00:00:00 INFO app: late by weeks' ] || fail "the window does not find what came late"
jq -s -r 'sort_by(.offset) | .[].raw' stored.jsonl | diff log/app.log - ||
    fail "not in the order of the file"
