#!/bin/bash
# SPDX-License-Identifier: MIT
#
# /metrics is Prometheus' text format, with names by its conventions, and the
# figures are right: events and unparsed lines per source over a rotation,
# losses, commits.  The sample rules name metrics that there are.  Who may read
# it is as configured.  `recount status` tells the same of the running daemon.

. "$(dirname "$0")/lib.sh"
PORT=$(free_port)
configure() # METRICS
{
	cat >recountd.conf <<-END
	[store]
	path = $WORK/recount.db
	commit-interval = 200ms

	[journal]
	enabled = no

	[syslog "main"]
	path = $WORK/log/syslog

	[webhook]
	listen = 127.0.0.1:$PORT
	token-file = $WORK/token
	metrics = $1
	END
}
lines() # FROM TO
{
	local n

	for n in $(seq "$1" "$2"); do
		echo "2026-11-20T10:00:00.000000+00:00 web1 app[7]: job $n done"
	done
}
get() { curl -s "$@"; }
value() # METRIC-WITH-LABELS
{
	get -H 'Authorization: Bearer t' "http://127.0.0.1:$PORT/metrics" |
	    awk -v m="$1" '$1 == m { print $2 }'
}
code() { get -o body -w '%{http_code}' "$@"; }
is() # METRIC VALUE
{
	[ "$(value "$1")" = "$2" ]
}
echo t >token
configure token
lines 1 30 >log/syslog
"$RECOUNTD" --config recountd.conf 2>recountd.said &
daemon=$!
PIDS+=("$daemon")
events="recount_events_total{kind=\"file\",source=\"$WORK/log/syslog\"}"
soon is "$events" 30 || fail "30 lines: $(value "$events")"

# Rotation does not turn the counter back, nor split it.
mv log/syslog log/syslog.1
lines 31 50 >log/syslog
soon is "$events" 50 || fail "rotated: $(value "$events")"
{
	echo 'what is this'
	echo "2026-11-20T10:00:01.000000+00:00 web1 rsyslogd: imuxsock lost" \
	    "5 messages from pid 7 due to rate-limiting"
} >>log/syslog
soon is "$events" 52 || fail "two lines more: $(value "$events")"
source="{kind=\"file\",source=\"$WORK/log/syslog\"}"
settled() # METRIC VALUE: what is measured now and then may be a moment late
{
	soon is "$1" "$2" || fail "$1: $(value "$1"), not $2"
}
settled "recount_lines_unparsed_total$source" 1
settled recount_gaps_total 1
settled recount_lost_lines_total 5
settled "recount_source_lag_seconds$source" 0
settled recount_paused 0

# Who may read.
url=http://127.0.0.1:$PORT
[ "$(code $url/metrics)" = 401 ] || fail "without a token"
[ "$(code $url/healthz)" = 200 ] || fail "healthz"
[ "$(code -I $url/healthz)" = 200 ] || fail "HEAD"

# The form of it, and the sample rules.
get -D head -H 'Authorization: Bearer t' $url/metrics >metrics
grep -qi 'content-type: text/plain; version=0.0.4' head || fail "$(cat head)"
python3 - metrics "$ROOT/samples/prometheus-alerts.yml" <<'END'
import math, re, sys
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABELS = r'\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\}'
SAMPLE = re.compile(rf"({NAME})({LABELS})? (\S+)$")
types, helps, seen, samples = {}, set(), set(), {}
last = None
text = open(sys.argv[1]).read()
assert text.endswith("\n")
for line in text.splitlines():
    if line.startswith("# HELP "):
        name = line.split(" ")[2]
        assert name not in helps, f"{name}: HELP twice"
        assert len(line.split(" ", 3)[3]) > 5, line
        helps.add(name)
    elif line.startswith("# TYPE "):
        _, _, name, kind = line.split(" ")
        assert kind in ("counter", "gauge", "histogram"), line
        assert name in helps and name not in types, line
        types[name] = kind
    else:
        found = SAMPLE.match(line)
        assert found, line
        name, labels, value = found.groups()
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        base = base if types.get(base) == "histogram" else name
        assert base in types, f"{name}: no TYPE before it"
        assert last == base or base not in seen, f"{base}: in two groups"
        assert (name, labels) not in samples, f"twice: {line}"
        samples[name, labels] = value = float(value)
        assert not math.isnan(value), line
        seen.add(base)
        last = base
for name, kind in types.items():
    assert re.fullmatch("(recount|process)_[a-z_]+", name), name
    assert (kind == "counter") == name.endswith("_total"), name
    assert not re.search("_(ms|milliseconds|kb|mb|minutes)(_|$)", name), name
buckets = [v for (n, l), v in samples.items()
           if n == "recount_commit_duration_seconds_bucket"]
assert buckets == sorted(buckets) and buckets[-1] > 0
assert buckets[-1] == samples["recount_commit_duration_seconds_count", None]
for name in re.findall(r"\brecount_[a-z_]+", open(sys.argv[2]).read()):
    assert name in types or name.replace("_bucket", "") in types, name
for name in ("process_cpu_seconds_total", "process_resident_memory_bytes",
             "process_open_fds", "process_start_time_seconds"):
    assert samples[name, None] > 0, name
END
if command -v promtool >/dev/null; then
	promtool check metrics <metrics || fail "promtool: metrics"
	promtool check rules "$ROOT/samples/prometheus-alerts.yml" ||
	    fail "promtool: rules"
fi

# status, while the daemon runs, and after.
stated() { [ "$("$RECOUNT" --db recount.db status -o json |
    jq '.daemon.sources[] | select(.kind == "file" and .events == 52)
    | .lag_s')" = 0 ]; }
soon stated || fail "$("$RECOUNT" --db recount.db status -o json)"
"$RECOUNT" --db recount.db status -o json >status.json
jq -e '.daemon | .pid == '"$daemon"' and .commit.count > 0 and
    .commit.max_s > 0 and .queue.events == 0 and .since_start.lost == 5
    and .retention.max_age_s == 2592000 and (.paused | not)' status.json ||
    fail "$(cat status.json)"
"$RECOUNT" --db recount.db status >status
for word in "process $daemon" 'wait for a commit' 'longest' 'LAG'; do
	grep -q "$word" status || fail "no '$word': $(cat status)"
done

configure open
kill -HUP "$daemon"
is_open() { [ "$(code $url/metrics)" = 200 ]; }
soon is_open || fail "not open"
configure no
kill -HUP "$daemon"
is_gone() { [ "$(code $url/metrics)" = 404 ]; }
soon is_gone || fail "not gone"
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
[ "$("$RECOUNT" --db recount.db status -o json | jq .daemon)" = null ] ||
    fail "a daemon that has ended is told of"

# A restart goes on counting where the store is.
configure open
lines 60 60 >>log/syslog
"$RECOUNTD" --config recountd.conf 2>>recountd.said &
PIDS+=($!)
soon is "$events" 53 || fail "after a restart: $(value "$events")"
