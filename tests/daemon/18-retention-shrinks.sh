#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is too old is dropped while recountd runs, and the database becomes
# smaller for it; what is young stays, whole.

. "$(dirname "$0")/lib.sh"
python3 - >log/old.log <<'END'
import random
import time

r = random.Random(3)
now = time.time() - 40 * 86400
for i in range(60000):
    t = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now + i))
    print(f"{t} INFO app: order {r.randbytes(12).hex()} {r.randbytes(9).hex()}")
END
for i in $(seq 50); do
	echo "$(date -u +'%F %T') INFO app: young $i" >>log/young.log
done
"$RECOUNT" --db recount.db import --source-timezone=UTC log >said 2>&1
before=$(stat -c %s recount.db)
[ "$(stored | wc -l)" = 60050 ] || fail "import: $(cat said)"
cat >recountd.conf <<END
[store]
path = $WORK/recount.db
max-age = 30d

[journal]
enabled = no

[log "none"]
path = $WORK/none.log
END
"$RECOUNTD" --config recountd.conf 2>recountd.said &
PIDS+=($!)
only_young()
{
	[ "$(stored | wc -l)" = 50 ]
}
soon only_young || fail "$(stored | wc -l) left: $(cat recountd.said)"
kill -TERM "${PIDS[0]}"
wait "${PIDS[0]}" || fail "exit $?"
now=$(stat -c %s recount.db)
[ "$((now * 4))" -lt "$before" ] || fail "$before bytes before, $now now"
stored | jq -r .body | sort -V | diff <(seq -f 'app: young %g' 50) - ||
    fail "not the young ones"
"$RECOUNT" --db recount.db status | grep -q 'are free' ||
    fail "status does not tell of free space"
