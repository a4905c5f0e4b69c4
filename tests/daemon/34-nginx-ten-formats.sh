#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An nginx.conf with ten formats of its own, in includes, with every kind of
# escape, JSON, several logs per server, if=, upstreams that are retried, IPv6
# and a syslog: target, and the logs that a real nginx writes with it when it
# is asked odd things: recountd and `recount import` read every line of them
# without a line of configuration.  recountd must find the formats in
# nginx.conf, and import in the tree that it is given.

. "$(dirname "$0")/lib.sh"
need_root
unshare -m true || skip "no mount namespaces here"
PORT=$(free_port)
UP=$(free_port)
V6=no
python3 -c 'import socket
socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null && V6=yes
mkdir -p etc-nginx/conf.d etc-nginx/sites tmp root
echo ok >root/ok
cat >etc-nginx/nginx.conf <<END
user root;
daemon off;
worker_processes 1;
pid $WORK/nginx.pid;
error_log /var/log/nginx/error.log info;
events {}
http {
	client_body_temp_path $WORK/tmp/1;
	proxy_temp_path $WORK/tmp/2;
	fastcgi_temp_path $WORK/tmp/3;
	uwsgi_temp_path $WORK/tmp/4;
	scgi_temp_path $WORK/tmp/5;
	large_client_header_buffers 4 64k;
	underscores_in_headers on;
	include conf.d/*.conf; # as nginx has it: beside nginx.conf
	include /etc/nginx/sites/*;
}
END
cat >etc-nginx/conf.d/formats.conf <<'END'
log_format timed '$remote_addr - $remote_user [$time_local] "$request" '
    '$status $body_bytes_sent "$http_referer" "$http_user_agent" '
    'rt=$request_time uct="$upstream_connect_time" '
    'urt="$upstream_response_time" ua="$upstream_addr" us="$upstream_status"';
log_format json_lines escape=json '{"time":"$time_iso8601","client":'
    '"$remote_addr","request":"$request","status":$status,'
    '"bytes":$body_bytes_sent,"seconds":$request_time,'
    '"agent":"$http_user_agent","referrer":"$http_referer",'
    '"upstream":"$upstream_addr","upstream_status":"$upstream_status",'
    '"upstream_seconds":"$upstream_response_time"}';
log_format json_bare escape=json
    '{ "ts": $msec, "status": "$status", "host": "$host", '
    '"request": { "method": "$request_method", "uri": "$request_uri" }, '
    '"duration": $request_time, "empty": "$http_x_none" }';
log_format raw escape=none '$time_iso8601 $remote_addr $status '
    '$request_time $body_bytes_sent <$request>';
log_format bars '$remote_addr|$time_iso8601|$request_method|$request_uri|'
    '$status|$request_time|$http_user_agent';
log_format keys "time=$time_iso8601\tclient=$remote_addr\tstatus=$status\t"
    "req=\"$request\"\tcache=$upstream_cache_status\tid=$request_id";
log_format lists '[$time_local] $upstream_addr $upstream_status '
    '$upstream_response_time ${request_time}s "$request" $status $remote_addr';
log_format vhosts '$host:$server_port $remote_addr:$remote_port '
    '[$time_local] "$request" $status $bytes_sent "$http_user_agent" '
    '$connection/$connection_requests';
log_format short '$msec $status "$request" $request_length $pipe';
log_format scheme '$remote_addr [$time_iso8601] $scheme://$http_host'
    '$request_uri "$request_method" $server_protocol $status $request_time';
END
v6=
[ $V6 = no ] || v6="listen [::1]:$PORT;"
cat >etc-nginx/sites/shop <<END
map \$status \$failed { ~^[45] 1; default 0; }
upstream shop { server 127.0.0.1:9 max_fails=0; server 127.0.0.1:$UP max_fails=0; }
server {
	listen 127.0.0.1:$PORT default_server;
	$v6
	server_name shop.example;
	root $WORK/root;
	access_log /var/log/nginx/access.log;
	access_log /var/log/nginx/timed.log timed buffer=4k flush=1s;
	access_log /var/log/nginx/json.log json_lines;
	access_log /var/log/nginx/json-bare.log json_bare;
	access_log /var/log/nginx/raw.log raw;
	access_log /var/log/nginx/bars.log bars;
	access_log /var/log/nginx/keys.log keys;
	access_log /var/log/nginx/lists.log lists;
	access_log /var/log/nginx/vhosts.log vhosts;
	access_log /var/log/nginx/short.log short;
	access_log /var/log/nginx/scheme.log scheme;
	access_log /var/log/nginx/failed.log timed if=\$failed;
	access_log syslog:server=127.0.0.1:9,tag=shop timed;
	location /up { proxy_pass http://shop; proxy_next_upstream error; }
	location /ok { try_files /ok =404; }
}
server {
	listen 127.0.0.1:$UP;
	access_log off;
	location / { return 200 "up\n"; }
}
END
cat >inside <<END
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /var/log
mount --bind $WORK/varlog /var/log
mount --bind $WORK/etc-nginx /etc/nginx
cd $WORK
exec "\$@"
END
mkdir -p varlog/nginx
unshare -m sh inside nginx -c /etc/nginx/nginx.conf 2>nginx.said &
PIDS+=($!)
soon test -s nginx.pid || fail "nginx: $(cat nginx.said varlog/nginx/error.log)"
cat >ask.py <<'END'
import socket
import sys

port, v6 = int(sys.argv[1]), sys.argv[2] == "yes"


def ask(data, host="127.0.0.1"):
    with socket.create_connection((host, port), 5) as s:
        s.sendall(data)
        s.settimeout(3)
        try:
            while s.recv(65536):
                pass
        except OSError:
            pass


def get(target, *headers, method=b"GET", end=b"HTTP/1.1", **how):
    head = [b"%s %s %s" % (method, target, end), b"Host: shop.example",
            b"Connection: close", *headers]
    ask(b"\r\n".join(head) + b"\r\n\r\n", **how)


for i in range(20):
    get(b"/ok?n=%d" % i, b"User-Agent: curl/8.1")
for i in range(6):
    get(b"/up/%d" % i, b"User-Agent: Mozilla/5.0 (X11; Linux x86_64)")
for method in (b"HEAD", b"OPTIONS", b"PROPFIND", b"QUERY", b"X-Y_Z", b"M-SEARCH"):
    get(b"/ok", method=method)
get(b"*", method=b"OPTIONS")
get(b"http://other.example/ok")
get(b"/ok", b'User-Agent: a "quoted" \\ one | [x] {y} 200 ~ \xff\xfe\x01\x7f')
get(b"/ok", b"User-Agent: ")
get(b"/ok", b"User-Agent:   - ")
get(b"/ok", b'Referer: "; rt=9.999 us="502', b"User-Agent: \xc3\xa9\xe2\x82\xac")
get(b"/ok", b"Authorization: Basic " + b"YSBbYiAiYyI6cHc=")  # a [b "c"
get(b"/" + b"a" * 30000)
get(b"/" + b"%20x" * 5000 + b"?" + b"q=" * 3000)
get(b"/a\"b'c<d>\\e|f{g}\x80\xff")
get(b"/../../etc/passwd")
get(b"/ok", end=b"HTTP/1.0")
get(b"/ok", end=b"HTTP/9.9")
ask(b"GET /ok\r\n")
ask(b"\r\n\r\nGET /ok HTTP/1.0\r\n\r\n")
ask(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64)) + b"\r\n")
ask(b"\x80.\x01\x03\x01\x00\x15\x00\x00\x00 ..\r\n")
ask(b"SSH-2.0-Go\r\n")
ask(b"\x00\x01\x02\x03\r\n\r\n")
ask(b'" 200 5 "-" "x\r\n\r\n')
ask(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n")
ask(b"GET / HTTP/1.1\r\n\r\n")
ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
ask(b"GET /ok HTTP/1.1\r\nHost: shop.example\r\nX: " + b"h" * 70000 + b"\r\n\r\n")
ask(b"a" * 70000)
ask(b"")
if v6:
    get(b"/ok", b"User-Agent: six", host="::1")
END
python3 ask.py "$PORT" $V6
sleep 1.5
kill "$(cat nginx.pid)"
wait "${PIDS[0]}" || true
for log in access timed json json-bare raw bars keys lists vhosts short \
    scheme failed; do
	[ "$(wc -l <varlog/nginx/$log.log)" -ge 10 ] ||
	    fail "nginx wrote too little to $log.log"
done

sql() # DB QUERY
{
	"$RECOUNT" --db "$1" sql -o csv "$2" | sed 1d | tr -d '\r'
}
stored_all() # DB: every line is there, and none unparsed
{
	local log have want

	for log in varlog/nginx/*.log; do
		want="$(wc -l <"$log"),0"
		have=$(sql "$1" "SELECT events, unparsed FROM sources
		    WHERE name LIKE '%/nginx/$(basename "$log")'")
		[ "$have" = "$want" ] ||
		    fail "$1: $log: lines and unparsed $have, not $want: $(
			sql "$1" "SELECT substr(body, 1, 200) FROM events
			    WHERE unparsed LIMIT 3")"
	done
}

unshare -m sh inside "$RECOUNTD" --db "$WORK/daemon.db" 2>recountd.said &
daemon=$!
PIDS+=("$daemon")
lines=$(cat varlog/nginx/*.log | wc -l)
all_there()
{
	[ "$(sql daemon.db "SELECT sum(events) FROM sources")" = "$lines" ]
}
soon all_there || fail "recountd: $(tail -n 5 recountd.said)"
kill -TERM "$daemon"
wait "$daemon" || fail "recountd: exit $?"
stored_all daemon.db

# The whole machine's tree, as somebody copied it.
mkdir -p copy/etc copy/var/log
cp -r etc-nginx copy/etc/nginx
cp -r varlog/nginx copy/var/log/
"$RECOUNT" --db tree.db import --source-host=web1 copy >import.said 2>&1 ||
    fail "import: $(cat import.said)"
stored_all tree.db

# What the formats say of the same requests must agree.
statuses() # DB LOG
{
	sql "$1" "SELECT status, count(*) FROM events JOIN sources s
	    ON s.id = source WHERE s.name LIKE '%/nginx/$2.log'
	    GROUP BY 1 ORDER BY 1" | tr '\n' ' '
}
for db in daemon.db tree.db; do
	want=$(statuses $db access)
	for log in timed json json-bare raw bars keys lists vhosts short \
	    scheme; do
		have=$(statuses $db $log)
		[ "$have" = "$want" ] ||
		    fail "$db: $log.log: $have instead of $want"
	done
done
[ "$(sql daemon.db "SELECT count(*) FROM events JOIN sources s ON
    s.id = source WHERE s.name LIKE '%/lists.log' AND upstream_tries = 2")" \
    -ge 2 ] || fail "no request that was tried twice"

# The error log's lines find their requests by nginx's number of the
# connection, where a format has it.
joined=$(sql daemon.db "SELECT count(*) FROM events e JOIN events a
    ON a.connection = e.connection AND a.target = e.target
    WHERE e.kind = 'nginx-error' AND a.kind = 'access' AND
    a.source = (SELECT id FROM sources WHERE name LIKE '%/vhosts.log') AND
    e.body LIKE '%Connection refused%'")
[ "$joined" -ge 2 ] || fail "error lines with a request: $joined"
