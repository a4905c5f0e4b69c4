#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Without a configuration recountd finds nginx's logs through nginx.conf, its
# includes and its log_formats, and syslog, and follows them; and
# a log_format that says more than combined is read as what it is.

. "$(dirname "$0")/lib.sh"
need_root
unshare -m true || skip "no mount namespaces here"
mkdir -p etc-nginx/sites
cat >etc-nginx/nginx.conf <<END
user www-data;
error_log $WORK/log/error.log warn;
events {}
http {
	log_format shop '[\$time_iso8601] \$status \$request_time '
	    '"\$request" \$remote_addr';
	access_log $WORK/log/access.log;
	include /etc/nginx/sites/*;
}
END
cat >etc-nginx/sites/shop <<END
server {
	listen 80;
	server_name shop.example;
	access_log $WORK/log/shop.log shop;
	location /quiet { access_log off; }
}
END
cat >log/access.log <<'END'
198.51.100.7 - - [20/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x"
END
cat >log/shop.log <<'END'
[2026-11-20T10:00:01+00:00] 502 1.250 "POST /orders HTTP/1.1" 198.51.100.8
END
cat >log/error.log <<'END'
2026/11/20 10:00:02 [crit] 7#7: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 198.51.100.8, server: shop.example, request: "POST /orders HTTP/1.1", upstream: "http://127.0.0.1:8081/orders", host: "shop.example"
END
echo '2026-11-20T10:00:03.000000+00:00 web1 app[7]: hello' >log/syslog
cat >inside <<END
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount --bind $WORK/etc-nginx /etc/nginx
mount --bind $WORK/log /var/log
cd $WORK
exec "\$@"
END
unshare -m sh inside "$RECOUNTD" --check --db "$WORK/recount.db" >said 2>&1 ||
    fail "--check: $(cat said)"
for name in access.log shop.log error.log /var/log/syslog; do
	grep -q "$name" said || fail "does not speak of $name: $(cat said)"
done
unshare -m sh inside "$RECOUNTD" --db "$WORK/recount.db" 2>said &
daemon=$!
PIDS+=("$daemon")
all_there()
{
	[ "$(stored | wc -l)" -ge 4 ]
}
soon all_there || fail "$(stored; cat said)"
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
stored | jq -se 'any(."http.response.status_code" == 502 and
    ."client.address" == "198.51.100.8" and ."http.request.method" == "POST")' \
    >/dev/null || fail "shop.log was not read by its log_format: $(stored)"
