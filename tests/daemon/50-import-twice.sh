#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Importing again what was imported adds nothing: the same folder, the same
# files rotated, compressed, copied elsewhere, or grown (then only what is
# new).

. "$(dirname "$0")/lib.sh"
"$ROOT/samples/outage/unpack" a
. "$ROOT/samples/outage/window"
take() # FOLDER
{
	"$RECOUNT" --db recount.db import --source-host="$SAMPLE_HOST" \
	    --source-timezone="$SAMPLE_ZONE" "$1" >said 2>&1 ||
	    fail "import $1: $(cat said)"
}
count() { stored | wc -l; }

take a
n=$(count)
[ "$n" -gt 1000 ] || fail "only $n events"
stored >once
take a
[ "$(count)" = "$n" ] || fail "again: $(count) instead of $n"

cp -r a b
take b
[ "$(count)" = "$n" ] || fail "a copy elsewhere: $(count) instead of $n"

cd a/nginx
gunzip access.log.2.gz
mv access.log.2 access.log.3
gzip access.log.3
mv access.log.1 access.log.2
gzip access.log.2
mv access.log access.log.1
: >access.log
mv error.log error.log-20261121
xz error.log-20261121
cd ../..
take a
[ "$(count)" = "$n" ] || fail "rotated: $(count) instead of $n"

tail -n 1 a/nginx/access.log.1 | sed 's/"GET [^ ]*/"GET \/new/' >>a/nginx/access.log.1
tail -n 1 a/syslog | sed 's/: .*/: something new/' >>a/syslog
take a
[ "$(count)" = $((n + 2)) ] || fail "grown: $(count) instead of $((n + 2))"

# And an import that was killed half way, at any moment, goes on.
rm -f recount.db*
for i in 1 2 3 4 5 6; do
	"$RECOUNT" --db recount.db import --source-host="$SAMPLE_HOST" \
	    --source-timezone="$SAMPLE_ZONE" b >/dev/null 2>&1 &
	victim=$!
	sleep 0.0$((i * i))
	kill -KILL "$victim" 2>/dev/null || true
	wait "$victim" 2>/dev/null || true
done
take b
stored | jq -r .raw | sort >killed
jq -r .raw once | sort >whole
cmp whole killed || fail "after being killed the store differs"
