#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Senders that misbehave cost no more than a bounded share: oversize messages
# are cut and flagged, and the next one is read; a stream out of step is
# closed; garbage is kept as it is; more connections than allowed are refused;
# idle ones are closed; a sender beyond its rate is slowed down (TCP) or loses,
# counted (UDP).  A well-behaved sender loses nothing meanwhile, SIGHUP
# included, and memory stays bounded.  RECOUNT_SYSLOG_CONNECTIONS: how many
# connections are tried; 10000 is the long form.

. "$(dirname "$0")/lib.sh"
C=${RECOUNT_SYSLOG_CONNECTIONS:-1500}
ulimit -n 20000 2>/dev/null || [ "$(ulimit -n)" -gt $((C + 100)) ] ||
    skip "may not open $C files"
for name in MANY GOOD IDLE RATE; do
	declare "$name=$(free_port)"
done
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 200ms

[syslog-listen "many"]
listen = tcp://127.0.0.1:$MANY
max-message = 1K
max-connections = 1000
max-connections-per-sender = 100000

[syslog-listen "good"]
listen = tcp://127.0.0.1:$GOOD

[syslog-listen "idle"]
listen = tcp://127.0.0.1:$IDLE
idle-timeout = 1s
max-connections-per-sender = 2

[syslog-listen "rate"]
listen = udp://127.0.0.1:$RATE
max-rate-per-sender = 10
END
"$RECOUNTD" --config recountd.conf 2>recountd.said &
daemon=$!
PIDS+=("$daemon")
soon grep -q following recountd.said
python3 "$TESTS/syslog-send.py" lines 127.0.0.1 "$GOOD" 20000 >/dev/null &
good=$!
PIDS+=("$good")
python3 - "$MANY" "$IDLE" "$RATE" "$C" <<'END'
import os, socket, sys, time
many, idle, rate, count = map(int, sys.argv[1:])
def connect(port):
    return socket.create_connection(("127.0.0.1", port))
def closed(s, wait=10):
    s.settimeout(wait)
    try:
        return s.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False
s = connect(many)
s.sendall(b"<13>Mar  4 14:00:07 h long: " + b"x" * 3000000 + b"\n<13>Mar  4 14:00:07 h next: behind the long one\n")
s.close()
s = connect(many)
long = b"<13>Mar  4 14:00:07 h clong: " + b"y" * 9000
s.sendall(b"%d %s%d %s" % (len(long), long, 34, b"<13>Mar  4 14:00:07 h cnext: after"))
s.sendall(b"and no length")
assert closed(s), "out of step, and open"
s = connect(many)
s.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
assert closed(s), "TLS on a plain listener, and open"
s = connect(many)
s.sendall(os.urandom(200000).replace(b"\x16", b"x") + b"\n")
s.close()
slow = connect(many)
for c in b"<13>Mar  4 14:00:07 h slow: sender":
    slow.sendall(bytes([c]))
    time.sleep(0.005)
time.sleep(0.5)
held = []
for _ in range(count):
    held.append(connect(many))
slow.sendall(b"\n")
slow.close()
a, b, c = connect(idle), connect(idle), connect(idle)
assert closed(c, 2), "three of one sender"
assert closed(a, 5) and closed(b, 5), "idle, and open"
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(200):
    u.sendto(b"<13>Mar  4 14:00:07 h rate: %d" % n, ("127.0.0.1", rate))
time.sleep(1)
END
for _ in 1 2 3; do
	kill -HUP "$daemon"
	sleep 0.3
done
wait "$good"
rss=$(awk '/VmHWM/ { print $2 }' "/proc/$daemon/status")
sleep 0.5
kill -TERM "$daemon"
wait "$daemon" || fail "exit $? on SIGTERM: $(tail recountd.said)"
"$RECOUNT" --db recount.db status -o json >status.json
stored >stored.jsonl
python3 - "$C" <<'END' || fail "$(cut -c 1-400 status.json | head -c 3000; tail -n 20 recountd.said)"
import collections, json, sys
count = int(sys.argv[1])
status = json.load(open("status.json"))
events = [json.loads(line) for line in open("stored.jsonl", encoding="utf-8")]
by = collections.defaultdict(list)
for e in events:
    by[e.get("syslog.identifier")].append(e)
many, good, idle, rate = (s["listener"] for s in status["sources"])
for word in ("long", "clong"):
    assert len(by[word]) == 1 and len(by[word][0]["raw"]) == 1024, word
    assert by[word][0]["cut"], by[word][0].keys()
assert [e["body"] for e in by["next"]] == ["behind the long one"]
assert [e["body"] for e in by["cnext"]] == ["after"]
assert [e["body"] for e in by["slow"]] == ["sender"], by["slow"]
assert many["oversize"] >= 2 and many["cut_bytes"] > 2900000, many
assert many["broken"] == 2, many
assert many["refused"] >= count - 1000, many
assert len({e["body"] for e in by["app"]}) == len(by["app"]) == 20000, len(by["app"])
assert good["messages"] == 20000 and not good["refused"], good
assert idle["refused"] == 1 and idle["idle_closed"] == 2, idle
assert rate["limited"] + len(by["rate"]) == 200 and rate["limited"] > 100, rate
lost = {g["reason"]: g for g in status["gaps"]}
assert any("beyond the rate" in r for r in lost), lost
assert any("out of step" in r for r in lost), lost
assert many["last_error"]
END
[ "$rss" -lt 200000 ] || fail "$rss kB of memory"
echo "$rss kB at most"
