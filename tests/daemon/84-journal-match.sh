#!/bin/bash
# SPDX-License-Identifier: MIT
#
# [journal] with unit= and priority= takes in those entries and no others,
# goes on after a restart, and still knows what journald dropped of them (with
# the number, also where the words are not known).  namespace= finds the
# namespace's files, also when they come later.

. "$(dirname "$0")/lib.sh"
need_root
unshare -m true || skip "no mount namespaces here"
remote=/lib/systemd/systemd-journal-remote
[ -x $remote ] || skip "no systemd-journal-remote"
mkdir -p journal other
boot=0123456789abcdef0123456789abcde0
n=0
entry() # FIELD...
{
	n=$((n + 1))
	printf '%s\n' "__REALTIME_TIMESTAMP=$((1763632800000000 + n * 1000000))" \
	    "__MONOTONIC_TIMESTAMP=$((n * 1000000))" "_BOOT_ID=$boot" \
	    _HOSTNAME=web1 "$@" ''
}
of() # UNIT PRIORITY MESSAGE
{
	entry "_SYSTEMD_UNIT=$1" "SYSLOG_IDENTIFIER=${1%.service}" \
	    "PRIORITY=$2" "MESSAGE=$3"
}
dropped() # MESSAGE COUNT
{
	entry _SYSTEMD_UNIT=systemd-journald.service PRIORITY=4 \
	    SYSLOG_IDENTIFIER=systemd-journald "MESSAGE=$1" "N_DROPPED=$2" \
	    MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e
}
write() # FILE, from standard input
{
	$remote -o "$1" - >/dev/null 2>remote.said || fail "$(cat remote.said)"
}
{
	of shop.service 6 'shop: fine'
	of shop.service 4 'shop: slow'
	of shop.service 3 'shop: broken'
	of worker@1.service 2 'worker: dead'
	of worker@1.service 7 'worker: debugging'
	of mail.service 3 'mail: broken'
	entry _SYSTEMD_UNIT=init.scope UNIT=shop.service _PID=1 PRIORITY=4 \
	    SYSLOG_IDENTIFIER=systemd 'MESSAGE=shop.service: killed'
	dropped 'Suppressed 7 messages from shop.service' 7
	dropped 'Suppressed 70 messages from mail.service' 70
} | write journal/a.journal
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
commit-interval = 100ms

[journal "some"]
directory = $WORK/journal
unit = shop worker@*.service
priority = warning
END
run()
{
	"$RECOUNTD" --config recountd.conf 2>>recountd.said &
	daemon=$!
	PIDS+=("$daemon")
}
bodies() { stored | jq -r .body | sort | tr '\n' ','; }
lost() { "$RECOUNT" --db recount.db status -o json | jq -c '[.gaps[].lost]'; }
are() { [ "$(bodies)" = "$1" ]; }
want='shop.service: killed,shop: broken,shop: slow,worker: dead,'
"$RECOUNTD" --config recountd.conf --check >said || fail "$(cat said)"
grep -q 'only units shop worker@' said || fail "$(cat said)"
grep -q 'emerg, alert, crit, err, warning$' said || fail "$(cat said)"
run
soon are "$want" || fail "$(bodies)"
[ "$(lost)" = '[7]' ] || fail "gaps: $(lost)"
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
{
	of shop.service 3 'shop: broken again'
	of mail.service 3 'mail: broken again'
} | write journal/b.journal
run
soon are "shop.service: killed,shop: broken,shop: broken again,${want#*broken,}" ||
    fail "$(bodies)"
kill -TERM "$daemon"
wait "$daemon" || fail "exit $?"
[ "$(lost)" = '[7]' ] || fail "gaps after a restart: $(lost)"

# In words that are not known, the number is in N_DROPPED.
dropped '212 messages of shop.service were left out' 212 |
    write other/a.journal
"$RECOUNT" --db other.db import other >said 2>&1 || fail "$(cat said)"
"$RECOUNT" --db other.db status -o json | jq -e '[.gaps[].lost] == [212]' \
    >/dev/null || fail "no gap of 212"

# A namespace, whose first file is not there yet.
cat >namespace.conf <<END
[store]
path = $WORK/namespace.db
commit-interval = 100ms

[journal]
namespace = shop
END
of shop.service 6 'of the namespace' >entry
of shop.service 6 'of the machine' >entry2
cat >start <<END
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
mkdir -p /run/u /run/w /var/log/journal
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/u,workdir=/run/w /etc
[ -s /etc/machine-id ] || echo 00000000000040008000000000000001 >/etc/machine-id
id=\$(cat /etc/machine-id)
"$RECOUNTD" --config namespace.conf 2>namespace.said &
daemon=\$!
sleep 1
mkdir -p /var/log/journal/\$id /var/log/journal/\$id.shop
$remote -o /var/log/journal/\$id/system.journal entry2 >/dev/null 2>&1
$remote -o /var/log/journal/\$id.shop/system.journal entry >/dev/null 2>&1
for i in \$(seq 100); do
	"$RECOUNT" --db namespace.db events -o cat 2>/dev/null | grep -q . && break
	sleep 0.1
done
kill \$daemon
wait \$daemon
END
unshare -m bash start || fail "$(cat namespace.said)"
[ "$("$RECOUNT" --db namespace.db events -o cat)" = 'of the namespace' ] ||
    fail "$("$RECOUNT" --db namespace.db events) $(cat namespace.said)"
