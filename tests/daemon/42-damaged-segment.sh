#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Some segments of a store are damaged.  Every command goes on with the others
# and says that something is missing: check names segment, source, span and
# number of events; a report counts them in its coverage; events, patterns and
# sql give the rest and fail.

. "$(dirname "$0")/lib.sh"
"$ROOT/samples/outage/unpack" logs
recount()
{
	"$RECOUNT" --db recount.db --utc "$@"
}
recount import -q --source-host=web1 --source-timezone=UTC logs
recount events -q -o raw | LC_ALL=C sort >before
recount check

# The newest segment of the error log and of one access log.
damage() # SOURCE PIECE
{
	sqlite3 recount.db "UPDATE part SET data = CAST(substr(data, 1, 40) ||
	    x'ff00ff' || substr(data, 44) AS BLOB) WHERE id = 4 * (SELECT
	    segment.id FROM segment JOIN source ON source = source.id WHERE
	    name LIKE '%/$1' ORDER BY last_id DESC LIMIT 1) + $2;
	    SELECT segments.id || ' ' || segments.events FROM segments JOIN sources ON
	    source = sources.id WHERE name LIKE '%/$1'
	    ORDER BY segments.last DESC LIMIT 1"
}
damage nginx/error.log 3 >damaged
damage nginx/access.log.1 2 >>damaged
cat damaged
lost=$(awk '{ n += $2 } END { print n }' damaged)

fails() # COMMAND...: with status 1, and says what
{
	local code=0

	recount "$@" >out 2>err || code=$?
	[ "$code" = 1 ] || fail "$1: exit $code"
}
fails check
[ "$(grep -c '^segment ' out)" = 2 ] || fail "check: $(cat out)"
while read -r segment n; do
	grep -q "^segment $segment of source .*decoded; $n events, " out ||
	    fail "check does not name segment $segment: $(cat out)"
done <damaged
fails check -o json
[ "$(jq '[.damages[].events] | add' out)" = "$lost" ] || fail "check -o json"

fails events -q -o raw
grep -q "2 damaged segments" err || fail "events: $(cat err)"
LC_ALL=C sort out >after
[ -z "$(comm -13 before after)" ] || fail "events: other lines than before"
[ $(($(wc -l <before) - $(wc -l <after))) = "$lost" ] ||
    fail "events: $(wc -l <after) lines of $(wc -l <before)"
fails sql -o list "SELECT count(raw) FROM events"
grep -q "2 damaged segments" err || fail "sql: $(cat err)"
# What does not need the damaged parts is not missing.
[ "$(recount sql -o list "SELECT count(id) FROM events")" = \
    "$(recount sql -o list "SELECT sum(events) FROM segments")" ] ||
    fail "sql: not all ids"
# Patterns do not need the lines.
recount patterns >out || fail "patterns"

window=(-S "2026-11-21 00:50" -U "2026-11-21 02:30")
recount report "${window[@]}" -o json >report.json
[ "$(jq '[.coverage[].gaps[] | select(.reason | contains("damaged")) |
    .lost] | add' report.json)" = "$lost" ] ||
    fail "coverage: $(jq -c .coverage report.json)"
jq -e '[.incidents[]] | length > 0' report.json >/dev/null ||
    fail "the rest is not reported"
recount report "${window[@]}" | grep -qi "damaged" || fail "report in text"
id=$(recount sql -o list "SELECT id FROM events WHERE raw = ''
    OR kind = 'syslog' LIMIT 1" 2>err || true)
recount show "$id" >out || fail "show: $(cat err)"
damage nginx/error.log 1 >/dev/null
fails patterns
grep -q "damaged segment" err || fail "patterns: $(cat err)"
