#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What looks like a file that recountd knows, and is another: a new file with
# the inode of a deleted one, files that begin alike and are small, a file
# that was truncated and written anew to more than its former size; while it
# follows them, and while it is down.  Every line is stored once, and a
# truncation that may have taken lines with it is a gap.

. "$(dirname "$0")/lib.sh"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 100ms

[journal]
enabled = no

[log "all"]
path = $WORK/log/*.log
timezone = UTC
END
HEAD='2026-11-20 10:00:00 INFO app: starting'
n=0
lines() # TAG COUNT
{
	local i

	for i in $(seq "$2"); do
		echo "2026-11-20 10:00:$((10 + i % 50)) INFO app: $1 $i"
	done
	n=$((n + $2))
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
there() # WHAT
{
	soon all_there || fail "$1: $(stored | wc -l) of $n"
}

# Three small files that are equal, then differ.
for f in a b c; do
	echo "$HEAD" >log/$f.log
	n=$((n + 1))
done
launch
there "equal files"
for f in a b c; do
	lines $f 3 >part
	cat part >>log/$f.log
done
there "equal heads that go on differently"

# Truncated and written again beyond its size, in one go.
inode=$(stat -c %i log/a.log)
lines again 40 >part
cp part log/a.log # cp keeps the inode
[ "$(stat -c %i log/a.log)" = "$inode" ] || fail "another inode"
there "truncated and written again"
kill -TERM "$daemon"
wait "$daemon"
lines "while down" 60 >part
cat part >log/b.log
there_before=$n

# Deleted; its inode comes back under the same and under another name.  Not
# every file system gives it back at once: then it is an ordinary new file.
inode=$(stat -c %i log/c.log)
rm log/c.log
lines "new c" 30 >part
for i in $(seq 50); do
	cp part log/c.log.try
	[ "$(stat -c %i log/c.log.try)" != "$inode" ] || break
	mv log/c.log.try "spare.$i"
done
mv log/c.log.try log/c.log
launch
there "truncated, and the inode used again, while down (of $there_before)"
sleep 1
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
[ "$(stored | wc -l)" = "$n" ] || fail "doubled"
[ -z "$(stored | jq -r .raw | grep -v starting | sort | uniq -d)" ] ||
    fail "twice: $(stored | jq -r .raw | sort | uniq -d | head -n 3)"
"$RECOUNT" --db recount.db status | grep -qE '^[1-9][0-9]* gaps?' ||
    fail "no gap: $("$RECOUNT" --db recount.db status)"
