#!/bin/bash
# SPDX-License-Identifier: MIT
#
# SIGTERM: recountd reads what is there, commits it, and exits 0 within
# seconds, also when the commit interval is long and the file is large.
# Started again it takes nothing in twice.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 30s

[journal]
enabled = no

[syslog "main"]
path = $WORK/log/syslog
END
python3 - >log/syslog <<'END'
for n in range(40000):
    print(f"2026-11-20T10:{n // 1000:02}:{n // 20 % 50:02}.000000+00:00 "
          f"web1 app[7]: job {n} is done")
END
for round in 1 2; do
	"$RECOUNTD" --config recountd.conf 2>>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
	sleep 2
	echo "2026-11-20T11:00:0$round.000000+00:00 web1 app[7]: bye $round" \
	    >>log/syslog
	sleep 1
	before=$(date +%s)
	kill -TERM "$daemon"
	wait "$daemon" || fail "exit $? on SIGTERM"
	[ $(($(date +%s) - before)) -lt 5 ] || fail "took its time to end"
	[ "$(stored | wc -l)" = $((40000 + round)) ] ||
	    fail "round $round: $(stored | wc -l) events"
done
stored >stored.jsonl
python3 "$TESTS/compare.py" "$WORK" log/syslog
