# SPDX-License-Identifier: MIT
# The real programs that daemon tests stand on.  Each runs from a
# configuration of its own below $WORK and is ended when the test ends.

TESTS=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$TESTS/../.." && pwd)
cd "$WORK"
mkdir -p log

PIDS=()
finish()
{
	local pid

	for pid in "${PIDS[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	for pid in "${PIDS[@]}"; do
		wait "$pid" 2>/dev/null || true
	done
}
trap finish EXIT

fail()
{
	echo "$*" >&2
	exit 1
}

skip()
{
	echo "$*" >&2
	exit 77
}

need_root()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
}

# not_quick: leave a test of minutes out of tests/run -q.
not_quick()
{
	[ -z "${RECOUNT_TEST_QUICK:-}" ] || skip "left out (-q)"
}

# soon COMMAND...: until it holds, for half a minute.
soon()
{
	local i

	for i in $(seq 300); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	echo "not within 30 s: $*" >&2
	return 1
}

# A port nobody listens on now.
free_port()
{
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_nginx: on $NGINX_PORT; log/access.log is combined, log/timed.log has
# a log_format, log/error.log.
start_nginx()
{
	NGINX_PORT=$(free_port)
	mkdir -p nginx/tmp nginx/root
	echo ok >nginx/root/ok
	cat >nginx/nginx.conf <<-END
	daemon off;
	worker_processes 1;
	pid $WORK/nginx/pid;
	error_log $WORK/log/error.log info;
	events { worker_connections 256; }
	http {
		log_format timed '\$remote_addr - \$remote_user [\$time_local] '
		    '"\$request" \$status \$body_bytes_sent "\$http_referer" '
		    '"\$http_user_agent" rt=\$request_time host=\$host '
		    'ua="\$upstream_addr" us="\$upstream_status"';
		client_body_temp_path $WORK/nginx/tmp/1;
		proxy_temp_path $WORK/nginx/tmp/2;
		fastcgi_temp_path $WORK/nginx/tmp/3;
		uwsgi_temp_path $WORK/nginx/tmp/4;
		scgi_temp_path $WORK/nginx/tmp/5;
		set_real_ip_from 127.0.0.1;
		real_ip_header X-Forwarded-For;
		server {
			listen 127.0.0.1:$NGINX_PORT;
			access_log $WORK/log/access.log combined;
			root $WORK/nginx/root;
			location /ok { try_files /ok =404; }
			location /gone { proxy_pass http://127.0.0.1:9; }
			location /timed {
				access_log $WORK/log/timed.log timed;
				try_files /ok =404;
			}
		}
	}
	END
	# nginx drops to a user who must reach the folder.
	[ "$(id -u)" != 0 ] || sed -i '1i user root;' nginx/nginx.conf
	nginx -c "$WORK/nginx/nginx.conf" -e "$WORK/log/error.log" \
	    2>nginx/said &
	PIDS+=($!)
	soon test -s nginx/pid
}

# start_rsyslog: listens on $WORK/rsyslog.sock; log/syslog has ISO times,
# log/messages traditional ones.
start_rsyslog()
{
	mkdir -p rsyslog
	cat >rsyslog/conf <<-END
	global(workDirectory="$WORK/rsyslog")
	module(load="imuxsock" SysSock.Use="off")
	input(type="imuxsock" Socket="$WORK/rsyslog.sock" UseSysTimeStamp="off"
	    RateLimit.Interval="0")
	user.*   action(type="omfile" file="$WORK/log/syslog"
	    template="RSYSLOG_FileFormat")
	local0.* action(type="omfile" file="$WORK/log/messages"
	    template="RSYSLOG_TraditionalFileFormat")
	END
	rsyslogd -n -f "$WORK/rsyslog/conf" -i "$WORK/rsyslog/pid" \
	    2>rsyslog/said &
	PIDS+=($!)
	soon test -S rsyslog.sock -a -s rsyslog/pid
}

# start_journald: a systemd-journald in a mount namespace of its own.  Its
# sockets are in $WORK/journald, its files in $WORK/journal.
start_journald()
{
	need_root
	unshare -m true || skip "no mount namespaces here"
	mkdir -p journald journal
	touch journald/flushed # as if /var were mounted
	cat >journald/start <<-END
	set -e
	mount --make-rprivate /
	mount -t tmpfs tmpfs /run
	mkdir -p /run/systemd/journal /run/u /run/w
	mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/u,workdir=/run/w /etc
	[ -s /etc/machine-id ] ||
	    echo 00000000000040008000000000000001 >/etc/machine-id
	mount -t tmpfs tmpfs /var/log
	mkdir -p /etc/systemd/journald.conf.d /var/log/journal
	cat >/etc/systemd/journald.conf.d/test.conf <<-CONF
	[Journal]
	Storage=persistent
	RateLimitIntervalSec=0
	ForwardToSyslog=no
	ForwardToWall=no
	ReadKMsg=no
	Audit=no
	SyncIntervalSec=1s
	SystemMaxUse=2G
	SystemMaxFiles=1000
	SystemKeepFree=1M
	CONF
	mount --bind $WORK/journald /run/systemd/journal
	mount --bind $WORK/journal /var/log/journal
	exec /lib/systemd/systemd-journald
	END
	unshare -m sh journald/start 2>journald/said &
	JOURNALD=$!
	PIDS+=("$JOURNALD")
	soon test -S journald/dev-log -a -S journald/socket ||
	    fail "no journald: $(cat journald/said)"
}

# journal_files: what journald has written goes to disk.
journal_sync()
{
	kill -RTMIN+1 "$JOURNALD"
	sleep 1
}

# stored [OPTION]...: every event, one JSON object a line.
stored()
{
	"$RECOUNT" --db "$WORK/recount.db" events -o json "$@"
}

sha() { sha256sum | cut -d ' ' -f 1; }
