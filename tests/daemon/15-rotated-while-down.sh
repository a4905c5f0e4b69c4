#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Files are rotated by a real logrotate in each of its ways (create, dateext,
# compress at once, copytruncate, several rotations) while recountd is down,
# with lines written before, between and after.  When it is back every line is
# in the store exactly once.

. "$(dirname "$0")/lib.sh"
chmod 755 log
ways=(create dateext compress copytruncate twice)
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 100ms

[journal]
enabled = no
END
for way in "${ways[@]}"; do
	printf '\n[log "%s"]\npath = %s/log/%s.log\ntimezone = UTC\n' \
	    "$way" "$WORK" "$way" >>recountd.conf
done
options()
{
	case $1 in
	create | twice) echo create ;;
	dateext) printf 'create\ndateext\ndateformat -%%Y%%m%%d\n' ;;
	compress) printf 'create\ncompress\n' ;;
	copytruncate) echo copytruncate ;;
	esac
}
rotate() # WAY
{
	{
		echo "$WORK/log/$1.log {"
		printf '\t%s\n' "su $(id -un) $(id -gn)" "rotate 9" \
		    "$(options "$1")"
		echo "}"
	} >rotate.conf
	logrotate -f -s "$WORK/state" rotate.conf
}
n=0
write() # WAY LINES
{
	local i

	for i in $(seq "$2"); do
		n=$((n + 1))
		echo "$(date +'%F %T,%3N') INFO till: receipt $n of $1"
	done >part
	cat part >>written
	cat part >>"log/$1.log"
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

for way in "${ways[@]}"; do
	write "$way" 30
done
launch
# What was there before is read as well, or else from its end: what counts is
# what came while somebody followed.
soon grep -q following recountd.said
for way in "${ways[@]}"; do
	write "$way" 5
done
soon all_there || fail "before: $(stored | wc -l) of $n"
for signal in TERM KILL; do
	kill -$signal "$daemon"
	wait "$daemon" || true
	for way in "${ways[@]}"; do
		write "$way" 20
		[ "$signal$way" = KILLdateext ] || rotate "$way"
		[ "$way" != twice ] || { write "$way" 7; rotate "$way"; }
		write "$way" 10
	done
	launch
	soon all_there || fail "after $signal: $(stored | wc -l) of $n"
done
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
[ "$(stored | wc -l)" = "$n" ] || fail "doubled: $(stored | wc -l) of $n"
stored | jq -r .raw | sort | diff <(sort written) - >different ||
    fail "not the same lines: $(head different)"
