#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Snapshots as cron takes them, while recountd writes the store and whoever
# takes them is killed at any moment: no folder is ever half there, the
# database of each one is sound, and no more stay than --keep says.
# SNAPSHOT_SECONDS=600 is the long form.

. "$(dirname "$0")/lib.sh"
seconds=${SNAPSHOT_SECONDS:-15}
cat >recountd.conf <<END
[store]
path = $WORK/recount.db

[journal]
enabled = no

[nginx "shop"]
access-log = $WORK/log/access.log
END
touch log/access.log
"$RECOUNTD" --config recountd.conf 2>recountd.said &
PIDS+=($!)
python3 - >>log/access.log <<'END' &
import random, sys, time
n = 0
while True:
    for _ in range(100):
        n += 1
        now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        status = 502 if n // 2000 % 4 == 3 else 200
        print(f'192.0.2.{n % 200} - - [{now}] "GET /item/{n} HTTP/1.1" '
              f'{status} 100 "-" "load"')
    sys.stdout.flush()
    time.sleep(0.1)
END
PIDS+=($!)
soon test -s recount.db
soon "$RECOUNT" --db recount.db status

# Every snapshot that is there is whole.
look()
{
	local s

	for s in snaps/2*Z; do
		[ -d "$s" ] || continue
		[ "$(ls "$s" | tr '\n' ' ')" = \
		    "events.db report.html report.json report.md " ] ||
		    fail "$s is not whole: $(ls -a "$s")"
		jq -e '.schema == "recount.report/1"' "$s/report.json" \
		    >/dev/null || fail "$s/report.json"
		tail -c 16 "$s/report.html" | grep -q '</html>' ||
		    fail "$s/report.html"
		[ "$(sqlite3 "$s/events.db" 'PRAGMA integrity_check')" = ok ] ||
		    fail "$s/events.db"
	done
	[ "$(ls -d snaps/2*Z 2>/dev/null | wc -l)" -le 4 ] ||
	    fail "more than --keep and one: $(ls snaps)"
}

mkdir snaps
end=$(($(date +%s) + seconds))
killed=0 taken=0
while [ "$(date +%s)" -lt "$end" ]; do
	"$RECOUNT" --db recount.db snapshot --keep 3 -S -1min snaps \
	    2>>said &
	one=$!
	sleep "0.$((RANDOM % 9))"
	if kill -KILL "$one" 2>/dev/null; then
		killed=$((killed + 1))
	fi
	if wait "$one" 2>/dev/null; then
		taken=$((taken + 1))
	fi
	look
	"$RECOUNT" --db recount.db snapshot --keep 3 -S -1min snaps 2>>said ||
	    fail "exit $?: $(tail -n 1 said)"
	taken=$((taken + 1))
	look
	[ "$(ls -A snaps | grep -cx '\.making\|\.removing')" = 0 ] ||
	    fail "left behind: $(ls -A snaps)"
done
echo "$taken taken, $killed killed" >&2
[ "$killed" -gt 0 ] || fail "none was killed"
[ ! -s said ] || fail "said something: $(head -n 1 said)"
[ "$(ls -d snaps/2*Z | wc -l)" = 3 ] || fail "not 3: $(ls snaps)"
