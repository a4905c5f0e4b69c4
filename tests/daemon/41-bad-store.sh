#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A database that is none is left alone, with a message that names it.  A disk
# that is full ends an import with one message and exit 1; what was committed
# stays readable, and once there is room the import goes on and ends with
# every line exactly once.  recountd waits for room instead of ending.

. "$(dirname "$0")/lib.sh"
echo 'hello, I am your diary' >diary.db
cp diary.db copy
for command in "import log" "status" "events" "report -S -1h"; do
	status=0
	"$RECOUNT" --db diary.db $command >said 2>&1 || status=$?
	[ "$status" = 1 ] || fail "$command: exit $status: $(cat said)"
	grep -q diary.db said || fail "$command: not named: $(cat said)"
	cmp diary.db copy || fail "$command changed it"
done
head -c 100000 /dev/urandom >noise.db
! "$RECOUNT" --db noise.db status >said 2>&1 || fail "noise is no database"
! "$RECOUNT" --db none.db status >said 2>&1 || fail "there is no none.db"
grep -q none.db said || fail "$(cat said)"
[ ! -e none.db ] || fail "reading made a database"

need_root
mkdir small
mount -t tmpfs -o size=3m tmpfs small
unmount() { umount small; finish; }
trap unmount EXIT
python3 - >log/access.log <<'END'
import random
r = random.Random(1)
for n in range(200000):
    print(f"198.51.{r.randrange(256)}.{r.randrange(256)} - - "
          f"[20/Nov/2026:10:{n // 4000:02}:{n // 70 % 60:02} +0000] "
          f"\"GET /{r.randbytes(16).hex()} HTTP/1.1\" 200 {r.randrange(9999)} "
          f"\"-\" \"x\"")
END
status=0
"$RECOUNT" --db small/recount.db import --source-host=web1 log >said 2>&1 ||
    status=$?
[ "$status" = 1 ] || fail "full disk: exit $status: $(cat said)"
grep -qiE 'no space|full' said || fail "does not say why: $(cat said)"
"$RECOUNT" --db small/recount.db status >said 2>&1 ||
    fail "what was committed cannot be read: $(cat said)"
mount -o remount,size=60m small
"$RECOUNT" --db small/recount.db import --source-host=web1 log >said 2>&1 ||
    fail "with room again: $(cat said)"
"$RECOUNT" --db small/recount.db events -o json >stored.jsonl
python3 "$TESTS/compare.py" "$WORK" log/access.log

umount small
mount -t tmpfs -o size=3m tmpfs small
cat >recountd.conf <<END
[store]
path = $WORK/small/recount.db

[journal]
enabled = no

[nginx "shop"]
access-log = $WORK/log/access.log
END
"$RECOUNTD" --config recountd.conf 2>recountd.said &
daemon=$!
PIDS+=("$daemon")
sleep 6
kill -0 "$daemon" || fail "recountd ended on a full disk: $(cat recountd.said)"
[ "$(grep -ciE 'no space|full' recountd.said)" -ge 1 ] ||
    fail "recountd says nothing of the full disk"
[ "$(wc -l <recountd.said)" -lt 40 ] || fail "recountd repeats itself"
mount -o remount,size=60m small
all_there()
{
	[ "$("$RECOUNT" --db small/recount.db events -o json | wc -l)" = 200000 ]
}
soon all_there
kill -TERM "$daemon"
wait "$daemon"
"$RECOUNT" --db small/recount.db events -o json >stored.jsonl
python3 "$TESTS/compare.py" "$WORK" log/access.log
