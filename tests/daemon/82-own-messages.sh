#!/bin/bash
# SPDX-License-Identifier: MIT
#
# recountd's own messages stand in the journal, each kind with the MESSAGE_ID
# that recountd(8) lists, and recountd, which reads that journal, never takes
# them in: not those it sends, not those it prints.

. "$(dirname "$0")/lib.sh"
start_journald
mkdir -p etc
cat >recountd.conf <<END
[store]
path = $WORK/store/recount.db
commit-interval = 100ms

[journal]
directory = $WORK/journal

[syslog "main"]
path = $WORK/log/syslog
END
cp recountd.conf good.conf
mkdir store
# In a namespace where /run/systemd/journal is this journald's.
cat >start <<END
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal
mount --bind $WORK/journald /run/systemd/journal
export JOURNAL_STREAM=1:1
echo \$\$ >$WORK/pid
exec systemd-cat -t recountd "$RECOUNTD" --config $WORK/recountd.conf -v
END
say() # WORD: something else, in the journal
{
	logger -u journald/dev-log -t app "$1"
}
has() { stored | grep -q "$1"; }
told() # MESSAGE_ID
{
	journalctl -D journal -o cat MESSAGE_ID="$1" 2>/dev/null | grep -q .
}
page=$ROOT/src/cmd/recountd.8
id() # WORD of the manual, in front of its MESSAGE_ID
{
	grep -A 1 -E "^\.It .*\b$1\b" "$page" | grep -oE '[0-9a-f]{32}' ||
	    fail "recountd(8) has no id for $1"
}
stored() { "$RECOUNT" --db store/recount.db events -o json "$@"; }

echo "2026-11-20T10:00:00.000000+00:00 web1 app[7]: hello" >log/syslog
unshare -m bash start &
PIDS+=($!)
soon test -s pid
say first
soon has first || fail "the journal is not read"
soon told "$(id started)" || fail "the start is not told"

echo '[nonsense]' >recountd.conf
kill -HUP "$(cat pid)"
soon told "$(id refused)" || fail "a refused configuration is not told"
cp good.conf recountd.conf
kill -HUP "$(cat pid)"
soon told "$(id reloaded)" || fail "a new configuration is not told"

: >log/syslog # copied and truncated
soon told "$(id gap)" || fail "a gap is not told"
journalctl -D journal -o json MESSAGE_ID="$(id gap)" |
    jq -e '.RECOUNT_SOURCE | endswith("log/syslog")' >/dev/null ||
    fail "the gap does not say where"

# And nothing of it comes back, while other messages do.
for n in 1 2 3; do
	say "later $n"
	soon has "later $n"
done
stored | jq -r '."syslog.identifier"' >who
! grep -q recountd who || fail "took in its own words: $(stored)"
kill -TERM "$(cat pid)"
soon told "$(id stopped)" || fail "the end is not told"
n=$(stored | wc -l)
[ "$n" -lt 60 ] || fail "$n events of a few messages"
