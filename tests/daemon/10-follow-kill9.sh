#!/bin/bash
# SPDX-License-Identifier: MIT
#
# recountd follows nginx's logs, two syslog files and the journal while they
# are written to and rotated (by logrotate with rename, delayed compression
# and reopening, as Debian does it; journald by its own rotation), and is
# killed with SIGKILL at random moments, at least 20 times, sometimes staying
# dead over a rotation.  At the end every line and every entry that was
# written is in the store exactly once, byte for byte.
#
# $SEED repeats a run's random choices, $KILLS sets how often it dies.

. "$(dirname "$0")/lib.sh"
need_root
SEED=${SEED:-$$}
RANDOM=$SEED
KILLS=${KILLS:-22}
[ -z "${RECOUNT_TEST_QUICK:-}" ] || KILLS=5
echo "seed $SEED"

start_nginx
start_rsyslog
start_journald
touch log/{access,timed,error}.log log/{syslog,messages}

cat >recountd.conf <<END
[store]
path = $WORK/recount.db

[journal]
enabled = yes
directory = $WORK/journal

[nginx "shop"]
access-log = $WORK/log/access.log
error-log = $WORK/log/error.log

[nginx "timed"]
access-log = $WORK/log/timed.log
log-format = '\$remote_addr - \$remote_user [\$time_local] "\$request" \$status \$body_bytes_sent "\$http_referer" "\$http_user_agent" rt=\$request_time host=\$host ua="\$upstream_addr" us="\$upstream_status"'

[syslog "iso"]
path = $WORK/log/syslog

[syslog "traditional"]
path = $WORK/log/messages
timezone = UTC
END
cat >logrotate.conf <<END
$WORK/log/*.log {
	rotate 99
	compress
	delaycompress
	create 0640 root root
	sharedscripts
	postrotate
		kill -USR1 \$(cat $WORK/nginx/pid)
	endscript
}
$WORK/log/syslog $WORK/log/messages {
	rotate 99
	compress
	delaycompress
	create 0640 root root
	sharedscripts
	postrotate
		kill -HUP \$(cat $WORK/rsyslog/pid)
	endscript
}
END

daemon=
launch()
{
	"$RECOUNTD" --config "$WORK/recountd.conf" 2>>recountd.said &
	daemon=$!
}

rotate()
{
	case $((RANDOM % 3)) in
	0) kill -USR2 "$JOURNALD" ;; # to a new journal file
	*) logrotate -f -s "$WORK/logrotate.state" logrotate.conf ;;
	esac
}

# The first start sees the files before there is anything in them.
launch
soon "$RECOUNT" --db recount.db status
sleep 1
seconds=$((KILLS * 3 / 2 + 6))
python3 "$TESTS/traffic.py" "$seconds" "$WORK" "$NGINX_PORT" &
traffic=$!

for kill in $(seq "$KILLS"); do
	sleep "$(((RANDOM % 22) / 10)).$((RANDOM % 10))"
	[ $((RANDOM % 3)) -gt 0 ] || rotate
	kill -0 "$daemon" || fail "recountd ended by itself: $(tail -n 3 recountd.said)"
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null || true
	case $((RANDOM % 4)) in
	0) sleep 0.$((RANDOM % 10)) && rotate ;; # dead over a rotation
	1) rotate && rotate ;;                   # or two
	esac
	launch
done
wait "$traffic" || fail "the traffic did not run well"
rotate
journal_sync

# Quiet now: it catches up, and a last orderly end commits the rest.
caught_up()
{
	local now
	now=$(stored | wc -l)
	[ "$now" = "${before:-}" ] && return
	before=$now
	return 1
}
sleep 3
for _ in $(seq 20); do caught_up && break; sleep 1.5; done
kill -TERM "$daemon"
wait "$daemon" || fail "SIGTERM: exit $?"

journalctl -q --directory="$WORK/journal" -o export >journal.export
stored >stored.jsonl
python3 "$TESTS/compare.py" "$WORK" log/access.log log/timed.log \
    log/error.log log/syslog log/messages journal.export
echo "$KILLS kills"
