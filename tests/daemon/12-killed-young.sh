#!/bin/bash
# SPDX-License-Identifier: MIT
#
# recountd is killed before it has ever committed a line of a file that it
# already followed, and the file is rotated before it starts again: the lines
# are in the rotated file, which it must take for the one it followed.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 5s

[journal]
enabled = no

[syslog "main"]
path = $WORK/log/syslog
END
: >log/syslog
launch()
{
	"$RECOUNTD" --config recountd.conf 2>>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
}
launch
soon "$RECOUNT" --db recount.db status
sleep 2
for n in 1 2 3; do
	echo "2026-11-20T10:00:0$n.000000+00:00 web1 app[7]: line $n"
done >log/syslog
sleep 0.5
kill -KILL "$daemon"
wait "$daemon" || true
mv log/syslog log/syslog.1
echo "2026-11-20T10:00:04.000000+00:00 web1 app[7]: line 4" >log/syslog
launch
sleep 1
kill -TERM "$daemon"
wait "$daemon"
stored >stored.jsonl
python3 "$TESTS/compare.py" "$WORK" log/syslog
