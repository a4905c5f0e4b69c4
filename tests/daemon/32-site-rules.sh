#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A rule in /etc/recount/parsers.d stands before those that come along: where
# both fit a message, the site's one says what it is.

. "$(dirname "$0")/lib.sh"
need_root
unshare -m true || skip "no mount namespaces here"
cat >syslog <<'EOF'
2026-11-20T10:00:03.000000+00:00 web1 kernel: Out of memory: Killed process 4112 (java) total-vm:8123456kB, anon-rss:3456789kB, file-rss:0kB
EOF
# An incident to be seen in: half a minute of failures.
for s in $(seq 0 599); do
	printf '198.51.100.%d - - [20/Nov/2026:09:%02d:%02d +0000] ' \
	    $((s % 50)) $((55 + s / 60)) $((s % 60))
	printf '"GET /a HTTP/1.1" %d 5 "-" "x"\n' \
	    $((s >= 300 && s < 360 ? 502 : 200))
done | sed 's/:09:6\([0-4]\):/:10:0\1:/' >access.log
cat >site.json <<'EOF'
{"rules": [{
	"name": "our-oom", "identifier": ["kernel"],
	"pattern": "Killed process \\d+ \\((?<by>\\w+)\\)",
	"kind": "our-oom", "class": "failure", "prior": 0.5,
	"text": "our own words for {by}", "why": "ours"
}]}
EOF
cat >inside <<EOF
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /etc
mkdir -p /etc/recount/parsers.d
[ "\$1" = without ] || cp "$WORK/site.json" /etc/recount/parsers.d
cd "$WORK"
export TZ=UTC
"$RECOUNT" --db "\$1.db" import -q syslog access.log
"$RECOUNT" --db "\$1.db" timeline -S 2026-11-20T09:58:00Z \
    -U 2026-11-20T10:04:00Z --all
EOF
unshare -m sh inside without >without 2>&1 || fail "$(cat without)"
grep -q 'OOM kill of java' without || fail "no item: $(cat without)"
unshare -m sh inside with >with 2>&1 || fail "$(cat with)"
grep -q 'our own words for java' with || fail "not ours: $(cat with)"
grep -q 'OOM kill' with && fail "theirs too: $(cat with)"
exit 0
