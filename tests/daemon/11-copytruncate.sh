#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A file that is copied and truncated in place (logrotate's copytruncate)
# while recountd follows it: nothing is doubled, and nothing is lost that was
# not written between copy and truncation, also when the file has grown
# beyond its former size before recountd looks at it again, and when the
# truncation happened while recountd was down.  Here nothing is written
# between the two, so all of it must be there.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db

[journal]
enabled = no

[syslog "main"]
path = $WORK/log/syslog
timezone = UTC
END
cat >logrotate.conf <<END
$WORK/log/syslog {
	su $(id -un) $(id -gn)
	rotate 99
	copytruncate
	compress
	delaycompress
}
END
chmod 755 log
n=0
write() # LINES
{
	local i
	for i in $(seq "$1"); do
		n=$((n + 1))
		echo "$(date +'%b %e %T') web1 till[$$]: receipt $n is printed"
	done >>log/syslog
}
launch()
{
	"$RECOUNTD" --config recountd.conf 2>>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
}
all_there()
{
	[ "$(stored | wc -l)" = "$n" ]
}

: >log/syslog
launch
soon "$RECOUNT" --db recount.db status
sleep 0.5
write 40
soon all_there
for round in 1 2 3; do
	logrotate -f -s "$WORK/state" logrotate.conf
	write $((40 + round * 20)) # beyond its former size
	soon all_there
done
logrotate -f -s "$WORK/state" logrotate.conf
write 3
soon all_there

kill -KILL "$daemon"
wait "$daemon" || true
write 30
logrotate -f -s "$WORK/state" logrotate.conf
write 200
launch
soon all_there
kill -TERM "$daemon"
wait "$daemon"

stored >stored.jsonl
python3 "$TESTS/compare.py" "$WORK" log/syslog
