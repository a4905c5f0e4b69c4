#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A real rsyslog forwards over TCP with lines, TCP with lengths and TLS with
# client certificates, while recountd is ended by SIGTERM and started again:
# nothing is lost and nothing is doubled.  Over TLS nobody without a
# certificate gets in.  RECOUNT_SYSLOG_MESSAGES: how many; 100000 is the long
# form.

. "$(dirname "$0")/lib.sh"
N=${RECOUNT_SYSLOG_MESSAGES:-20000}
[ -e /usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so ] ||
    ls /usr/lib/*/rsyslog/lmnsd_ossl.so >/dev/null 2>&1 ||
    skip "needs rsyslog-openssl"
TCP=$(free_port)
TLS=$(free_port)
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
	    -days 2 -subj /CN=ca
	for who in server client; do
		openssl req -newkey rsa:2048 -nodes -keyout $who.key \
		    -out $who.csr -subj /CN=$who
		openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key \
		    -CAcreateserial -days 2 -out $who.pem
	done
} 2>openssl.said
cat >recountd.conf <<END
[store]
path = $WORK/recount.db

[syslog-listen "tcp"]
listen = tcp://127.0.0.1:$TCP

[syslog-listen "tls"]
listen = tls://127.0.0.1:$TLS
certificate = $WORK/server.pem
key = $WORK/server.key
client-ca = $WORK/ca.pem
END
start()
{
	"$RECOUNTD" --config recountd.conf 2>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
	soon grep -q following recountd.said
}
mkdir -p rsyslog
queue='queue.type="LinkedList" queue.size="500000"
    queue.timeoutEnqueue="60000" queue.timeoutShutdown="20000"
    action.resumeRetryCount="-1" action.resumeInterval="1"'
cat >rsyslog/conf <<END
global(workDirectory="$WORK/rsyslog" defaultNetstreamDriverCAFile="$WORK/ca.pem"
    defaultNetstreamDriverCertFile="$WORK/client.pem"
    defaultNetstreamDriverKeyFile="$WORK/client.key")
module(load="imuxsock" SysSock.Use="off")
module(load="impstats" interval="300")
input(type="imuxsock" Socket="$WORK/rsyslog.sock" UseSysTimeStamp="off"
    RateLimit.Interval="0")
local0.* action(type="omfwd" target="127.0.0.1" port="$TCP" protocol="tcp"
    template="RSYSLOG_TraditionalForwardFormat" $queue)
local1.* action(type="omfwd" target="127.0.0.1" port="$TCP" protocol="tcp"
    TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" $queue)
local2.* action(type="omfwd" target="127.0.0.1" port="$TLS" protocol="tcp"
    TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
    StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"
    $queue)
END
start
rsyslogd -n -f "$WORK/rsyslog/conf" -i "$WORK/rsyslog/pid" 2>rsyslog/said &
PIDS+=($!)
soon test -S rsyslog.sock -a -s rsyslog/pid
python3 - "$N" <<'END' &
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("rsyslog.sock")
for n in range(int(sys.argv[1])):
    for facility in (16, 17, 18):
        s.send(f"<{facility * 8 + 6}>Nov 21 03:00:00 app[7]: "
               f"f{facility} message number {n}".encode())
    if n % 1000 == 0:
        time.sleep(0.05)
END
sender=$!
for round in 1 2 3; do
	sleep 0.8
	kill -TERM "$daemon"
	wait "$daemon" || fail "exit $? on SIGTERM: $(cat recountd.said)"
	start
done
wait "$sender"
all_there()
{
	[ "$("$RECOUNT" --db recount.db status -o json |
	    jq '[.sources[].events] | add')" -ge $((3 * N)) ]
}
soon all_there || true

# Who has no certificate is refused, and counted.
refused=$(echo | timeout 5 openssl s_client -connect "127.0.0.1:$TLS" 2>&1 || true)
echo '<13>hello' | timeout 5 nc -q 1 127.0.0.1 "$TLS" 2>/dev/null ||
    printf '<13>plain\n' >/dev/tcp/127.0.0.1/"$TLS"
sleep 1.5
kill -TERM "$daemon"
wait "$daemon" || fail "exit $? on SIGTERM"
"$RECOUNT" --db recount.db status -o json >status.json
jq -e '.sources[] | select(.name | startswith("tls")) | .listener |
    .refused >= 1 and .last_error != null' status.json ||
    fail "not refused: $(cat status.json) $refused"
stored | python3 -c '
import collections, json, re, sys
n = int(sys.argv[1])
seen = collections.Counter()
for line in sys.stdin:
    event = json.loads(line)
    found = re.search(r"f(\d+) message number (\d+)$", event["body"])
    if not found or not event["peer"].startswith("127.0.0.1:"):
        sys.exit(f"not what was sent: {line}")
    seen[int(found[1]), int(found[2])] += 1
bad = 0
for facility in (16, 17, 18):
    lost = [i for i in range(n) if not seen[facility, i]]
    twice = [i for i in range(n) if seen[facility, i] > 1]
    print(f"{facility}: {len(lost)} lost, {len(twice)} twice", lost[:3], twice[:3])
    bad += bool(lost) + bool(twice)
sys.exit(bool(bad))' "$N" || fail "$(cat recountd.said rsyslog/said)"
