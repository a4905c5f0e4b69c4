#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Syslog over TCP (lines and lengths) and TLS at full speed, with recountd
# ended by SIGTERM and started again in between, several times: every message
# is stored exactly once.  RECOUNT_SYSLOG_MESSAGES says how many each sender
# sends; 100000 is the long form.

. "$(dirname "$0")/lib.sh"
N=${RECOUNT_SYSLOG_MESSAGES:-30000}
TCP=$(free_port)
TLS=$(free_port)
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj /CN=localhost 2>/dev/null
cat >recountd.conf <<END
[store]
path = $WORK/recount.db

[syslog-listen "tcp"]
listen = tcp://127.0.0.1:$TCP

[syslog-listen "tls"]
listen = tls://127.0.0.1:$TLS
certificate = $WORK/cert.pem
key = $WORK/key.pem
END
start()
{
	"$RECOUNTD" --config recountd.conf 2>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
	soon grep -q following recountd.said
}
start
senders=()
send()
{
	python3 "$TESTS/syslog-send.py" "$1" 127.0.0.1 "$2" "$N" "$3" \
	    >"sent.$1" &
	senders+=($!)
	PIDS+=($!)
}
send lines "$TCP" 0
send counted "$TCP" 1000000
send counted-tls "$TLS" 2000000
send lines-tls "$TLS" 3000000
for round in 1 2 3; do
	sleep 0.7
	kill -TERM "$daemon"
	wait "$daemon" || fail "exit $? on SIGTERM: $(cat recountd.said)"
	start
done
for sender in "${senders[@]}"; do
	wait "$sender" || fail "a sender failed"
done
kill -TERM "$daemon"
wait "$daemon" || fail "exit $? on SIGTERM"
stored | python3 -c '
import collections, json, sys
n = int(sys.argv[1])
seen = collections.Counter()
for line in sys.stdin:
    event = json.loads(line)
    number = int(event["body"].rsplit(" ", 1)[1])
    if "message number" not in event["body"] or "cut" in event:
        sys.exit(f"not what was sent: {line}")
    seen[number] += 1
bad = 0
for first in (0, 1000000, 2000000, 3000000):
    lost = [i for i in range(first, first + n) if not seen[i]]
    twice = [i for i in range(first, first + n) if seen[i] > 1]
    print(f"from {first}: {len(lost)} lost, {len(twice)} twice", lost[:3],
          twice[:3])
    bad += bool(lost) + bool(twice)
if sum(seen.values()) != 4 * n:
    bad += 1
sys.exit(bool(bad))' "$N" || fail "$(cat recountd.said)"
"$RECOUNT" --db recount.db status
