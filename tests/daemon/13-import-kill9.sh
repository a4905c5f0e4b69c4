#!/bin/bash
# SPDX-License-Identifier: MIT
#
# recount import is killed with SIGKILL at random moments, once or several
# times in a row.  After each the store is sound; the same import once more
# completes it: every line of every file, rotated and compressed ones and the
# journal's entries too, is there exactly as often as after an import that
# nobody disturbed.
#
# $SEED repeats a run's random choices, $KILLS sets how many rounds there are;
# the long form is KILLS=100.

. "$(dirname "$0")/lib.sh"
SEED=${SEED:-$$}
RANDOM=$SEED
KILLS=${KILLS:-10}
[ -z "${RECOUNT_TEST_QUICK:-}" ] || KILLS=4
echo "seed $SEED"

"$ROOT/samples/outage/unpack" logs
"$ROOT/tests/bench/generate" combined 50000 >logs/big.log
"$ROOT/tests/bench/generate" iso 40000 7 >logs/messages
xz -0k logs/messages && mv logs/messages.xz logs/messages.1.xz
"$ROOT/tests/bench/generate" iso 20000 8 >>logs/messages

import() # DB: in the process of its own that it is called in
{
	exec "$RECOUNT" --db "$1" import --source-host=web1 --source-timezone=UTC \
	    logs
}
content() # DB
{
	"$RECOUNT" --db "$1" sql -o raw "SELECT raw FROM events" |
	    LC_ALL=C sort | sha
	"$RECOUNT" --db "$1" sql -o list "SELECT count(*), count(DISTINCT id),
	    count(DISTINCT source || ':' || coalesce(\"offset\", cursor))
	    FROM events; SELECT count(*), sum(lost) FROM gaps;
	    SELECT count(*), sum(events), sum(unparsed) FROM sources"
}

begin=$(date +%s%N)
(import whole.db) >said 2>&1 || fail "import: $(cat said)"
took=$((($(date +%s%N) - begin) / 1000000)) # ms
content whole.db >whole
hit=0
for round in $(seq "$KILLS"); do
	rm -f killed.db*
	for _ in $(seq $((1 + RANDOM % 3))); do
		import killed.db >said 2>&1 &
		pid=$!
		ms=$((RANDOM % (took + took / 4)))
		sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
		kill -KILL "$pid" 2>/dev/null && hit=$((hit + 1))
		wait "$pid" 2>/dev/null || true
		"$RECOUNT" --db killed.db check >said 2>&1 ||
		    grep -q "no such store\|holds nothing yet" said ||
		    fail "round $round: $(cat said)"
	done
	(import killed.db) >said 2>&1 || fail "round $round: $(cat said)"
	"$RECOUNT" --db killed.db check >said 2>&1 ||
	    fail "round $round: $(cat said)"
	content killed.db >completed
	diff whole completed >&2 ||
	    fail "round $round: another content than without a kill"
done
echo "$KILLS rounds, killed $hit times while at it; an import takes $took ms"
[ "$hit" -ge $((KILLS / 2)) ] || fail "hardly ever killed while at it"
