#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Real senders: logger in all its ways, nginx's access and error log over
# syslog (requests count as requests, joined with the tag as service),
# syslog-ng where it can be had; a unix socket, and sockets that systemd hands
# over.  Every message is parsed, has its host, and names its sender; a report
# shows the sender as evidence.

. "$(dirname "$0")/lib.sh"
PORT=$(free_port)
PASSED=$(free_port)
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 100ms

[syslog-listen "udp"]
listen = udp://127.0.0.1:$PORT

[syslog-listen "tcp"]
listen = tcp://127.0.0.1:$PORT

[syslog-listen "local"]
listen = unix:$WORK/log.sock
mode = 0600

[syslog-listen "from systemd"]
listen = systemd:syslog
END
# sd_listen_fds(3) by hand: descriptors 3 and 4, and our own pid.
cat >activate.py <<'END'
import os, socket, sys
address = ("127.0.0.1", int(sys.argv[1]))
tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
for s in (tcp, udp):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(address)
tcp.listen()
a, b = os.dup(tcp.fileno()), os.dup(udp.fileno())
a, b = os.dup(a), os.dup(b)
os.dup2(a, 3), os.dup2(b, 4)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2",
                  LISTEN_FDNAMES="syslog:syslog")
os.execv(sys.argv[2], sys.argv[2:])
END
python3 activate.py "$PASSED" "$RECOUNTD" --config recountd.conf 2>recountd.said &
daemon=$!
PIDS+=("$daemon")
soon grep -q following recountd.said

to="-n 127.0.0.1 -P $PORT"
logger $to -d --rfc3164 -t s1 one
logger $to -d --rfc5424 -t s2 --msgid ID7 --sd-id x@1 --sd-param 'a="b"' two
logger $to -T --rfc3164 -t s3 three
logger $to -T --rfc5424 -t s4 four
logger $to -T --octet-count --rfc5424 -t s5 five
logger $to -T --octet-count --rfc3164 -t s6 six
logger -u "$WORK/log.sock" -t s7 seven
logger -n 127.0.0.1 -P "$PASSED" -d -t s8 eight
logger -n 127.0.0.1 -P "$PASSED" -T -t s9 nine
python3 - "$PORT" <<'END'
import logging, logging.handlers, sys
log = logging.getLogger()
log.addHandler(logging.handlers.SysLogHandler(("127.0.0.1", int(sys.argv[1]))))
log.error("s10: ten")
END

# nginx as it is configured for syslog.
NGINX_PORT=$(free_port)
mkdir -p nginx/tmp nginx/root
echo ok >nginx/root/ok
cat >nginx/nginx.conf <<END
daemon off;
worker_processes 1;
pid $WORK/nginx/pid;
error_log syslog:server=127.0.0.1:$PORT,tag=shop info;
events { worker_connections 64; }
http {
	log_format timed '\$remote_addr - \$remote_user [\$time_local] '
	    '"\$request" \$status \$body_bytes_sent "\$http_referer" '
	    '"\$http_user_agent" rt=\$request_time';
	client_body_temp_path $WORK/nginx/tmp/1;
	proxy_temp_path $WORK/nginx/tmp/2;
	fastcgi_temp_path $WORK/nginx/tmp/3;
	uwsgi_temp_path $WORK/nginx/tmp/4;
	scgi_temp_path $WORK/nginx/tmp/5;
	server {
		listen 127.0.0.1:$NGINX_PORT;
		root $WORK/nginx/root;
		access_log syslog:server=127.0.0.1:$PORT,tag=shop combined;
		location /timed {
			access_log syslog:server=127.0.0.1:$PORT,tag=shop,nohostname timed;
			try_files /ok =404;
		}
	}
}
END
[ "$(id -u)" != 0 ] || sed -i '1i user root;' nginx/nginx.conf
nginx -c "$WORK/nginx/nginx.conf" -e "$WORK/log/error.log" 2>nginx/said &
PIDS+=($!)
soon test -s nginx/pid
python3 - "$NGINX_PORT" <<'END'
import socket, sys
for path in (b"/ok", b"/missing", b"/timed", b'/"quoted\\'):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.sendall(b"GET " + path + b" HTTP/1.0\r\n\r\n")
    while s.recv(4096):
        pass
END

# syslog-ng: its package cannot stand beside rsyslog, a folder can.
ng=${RECOUNT_SYSLOG_NG:-/usr/sbin/syslog-ng}
if [ ! -x "$ng" ]; then
	mkdir -p ng && cd ng
	if apt-get download syslog-ng-core libivykis0 libnet1 libwrap0 \
	    >/dev/null 2>&1; then
		for deb in ./*.deb; do dpkg -x "$deb" .; done
	fi
	ng=$(find . -path '*/sbin/syslog-ng' -type f | head -n 1)
	ng=${ng:+$PWD/${ng#./}}
	cd ..
fi
with_ng=0
if [ -n "$ng" ]; then
	lib=$WORK/ng/usr/lib
	[ ! -d "$lib" ] || export LD_LIBRARY_PATH=$lib:$lib/syslog-ng:$(
	    echo "$lib"/*-linux-gnu*)
	modules=$(find "$lib" /usr/lib -type d -path '*syslog-ng/[0-9]*' \
	    2>/dev/null | head -n 1)
	cat >ng.conf <<-END
	@version: 3.38
	options { keep-hostname(yes); stats-freq(0); };
	source s { unix-dgram("$WORK/ng.sock"); };
	destination bsd { network("127.0.0.1" port($PORT) transport("tcp")); };
	destination ietf { syslog("127.0.0.1" port($PORT) transport("tcp")
	    persist-name("ietf")); };
	log { source(s); destination(bsd); destination(ietf); };
	END
	"$ng" -F -f "$WORK/ng.conf" -R "$WORK/ng.persist" -p "$WORK/ng.pid" \
	    -c "$WORK/ng.ctl" ${modules:+--module-path="$modules"} 2>ng.said &
	PIDS+=($!)
	unset LD_LIBRARY_PATH
	for _ in $(seq 30); do [ -S ng.sock ] || sleep 0.1; done
	if [ -S ng.sock ]; then
		logger -u "$WORK/ng.sock" -t s11 eleven
		with_ng=1
		arrived() { [ "$(stored | grep -c '"s11"')" = 2 ]; }
		soon arrived || fail "$(cat ng.said)"
	fi
fi
[ "$with_ng" = 1 ] || echo "syslog-ng is not to be had here: $(tail -n 2 ng.said 2>/dev/null)"
sleep 1.2
kill -TERM "$daemon"
wait "$daemon" || fail "exit $? on SIGTERM: $(cat recountd.said)"
[ ! -e log.sock ] || fail "the unix socket stays behind"
stored >stored.jsonl
python3 - "$with_ng" <<'END' || fail "$(cat stored.jsonl recountd.said)"
import json, socket, sys
events = [json.loads(line) for line in open("stored.jsonl")]
wrong = [e for e in events if e.get("unparsed") or not e.get("host.name")
         or not e.get("peer")]
assert not wrong, wrong
by = {}
for e in events:
    by.setdefault(e.get("syslog.identifier"), []).append(e)
words = "one two three four five six seven eight nine ten".split()
for n, word in enumerate(words, 1):
    assert [e["body"] for e in by[f"s{n}"]] == [word], (n, by.get(f"s{n}"))
two = by["s2"][0]
assert two["syslog.msgid"] == "ID7" and two["syslog.facility"] == 1, two
assert {"id": "x@1", "name": "a", "value": "b"} in two["syslog.structured_data"]
assert by["s7"][0]["peer"].startswith("unix, pid "), by["s7"]
assert by["s1"][0]["peer"].startswith("127.0.0.1:")
assert by["s10"][0]["host.name"] == "127.0.0.1" and by["s10"][0]["severity"] == "err"
requests = [e for e in events if e["kind"] == "access"]
assert len(requests) == 4, requests
assert sorted(e["http.response.status_code"] for e in requests) == [200, 200, 404, 404]
assert {e["service.name"] for e in requests} == {"shop"}, requests
errors = [e for e in events if e["kind"] == "nginx-error"]
assert any("/missing" in e["body"] for e in errors), errors
if int(sys.argv[1]):
    assert [e["body"] for e in by["s11"]] == ["eleven"] * 2, by.get("s11")
END
"$RECOUNT" --db recount.db report -S -1h -o json >report.json
id=$(jq -r 'select(."syslog.identifier" == "s1") | .id' stored.jsonl)
"$RECOUNT" --db recount.db show "$id" | grep -q 'sent by 127.0.0.1:' ||
    fail "show does not say who sent it"
"$RECOUNT" --db recount.db show "$id" -o json |
    jq -e '.origin.peer | startswith("127.0.0.1:")' || fail "no peer in origin"
