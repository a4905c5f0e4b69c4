#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Syslog over UDP, more than the socket's queue takes: what was sent is what is
# stored and what is counted as lost, exactly, also when recountd is stopped
# for a while and ended in between; the loss stands in status and is a gap.

. "$(dirname "$0")/lib.sh"
N=${RECOUNT_SYSLOG_MESSAGES:-20000}
PORT=$(free_port)
cat >recountd.conf <<END
[store]
path = $WORK/recount.db

[syslog-listen "udp"]
listen = udp://127.0.0.1:$PORT
receive-buffer = 200K
END
start()
{
	"$RECOUNTD" --config recountd.conf 2>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
	soon grep -q following recountd.said
}
stop()
{
	kill -TERM "$daemon"
	wait "$daemon" || fail "exit $? on SIGTERM: $(cat recountd.said)"
}
send()
{
	python3 "$TESTS/syslog-send.py" udp 127.0.0.1 "$PORT" "$N" "$1" >/dev/null
}
start
send 0
kill -STOP "$daemon"
send 1000000
kill -CONT "$daemon"
send 2000000
kill -STOP "$daemon"
send 3000000
kill -TERM "$daemon"
kill -CONT "$daemon"
wait "$daemon" || fail "exit $? on SIGTERM"
start
send 4000000
stop
"$RECOUNT" --db recount.db status -o json >status.json
stored | python3 -c '
import collections, json, sys
sent = 5 * int(sys.argv[1])
status = json.load(open("status.json"))
listener = status["sources"][0]["listener"]
seen = collections.Counter()
for line in sys.stdin:
    seen[json.loads(line)["body"]] += 1
gaps = sum(g["lost"] for g in status["gaps"] if "lost" in g)
print(f"{sent} sent, {sum(seen.values())} stored, {listener}, {gaps} in gaps")
assert max(seen.values()) == 1, "doubled"
assert listener["messages"] == sum(seen.values())
assert sum(seen.values()) + listener["lost"] == sent
assert gaps == listener["lost"] > 0
' "$N" || fail "$(cat status.json recountd.said)"
"$RECOUNT" --db recount.db status
