#!/bin/bash
# SPDX-License-Identifier: MIT
#
# recountd is killed before it has ever committed a line of a file that it
# already followed, and the file is rotated before it starts again, once, or
# twice and compressed by then: the lines are in the rotated file, which it
# must take for the one it followed.

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
line() # NUMBER
{
	echo "2026-11-20T10:00:0$1.000000+00:00 web1 app[7]: line $1"
}
launch()
{
	"$RECOUNTD" --config recountd.conf 2>>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
}
young() # NAME COMMAND: rotated by COMMAND
{
	rm -rf recount.db* log
	mkdir log
	: >log/syslog
	launch
	soon "$RECOUNT" --db recount.db status
	sleep 2
	{ line 1; line 2; line 3; } >>log/syslog
	sleep 0.5
	kill -KILL "$daemon"
	wait "$daemon" || true
	eval "$2"
	line 5 >>log/syslog
	launch
	sleep 2
	kill -TERM "$daemon"
	wait "$daemon"
	stored >stored.jsonl
	echo "$1:"
	python3 "$TESTS/compare.py" "$WORK" log/syslog || wrong=1
}
wrong=0
young "rotated once" 'mv log/syslog log/syslog.1; : >log/syslog'
young "rotated twice and compressed" '
	mv log/syslog log/syslog.2; gzip log/syslog.2
	line 4 >log/syslog.1; : >log/syslog'
young "rotated twice and compressed, nothing in between" '
	mv log/syslog log/syslog.2; gzip log/syslog.2
	: >log/syslog.1; : >log/syslog'
exit "$wrong"
