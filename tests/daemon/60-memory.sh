#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Three million nginx lines are imported with less than 200 MB of memory at
# the peak, and a report over them is read with a bound as well.  On a terminal
# there is a progress bar meanwhile, which leaves no trace; elsewhere none.

. "$(dirname "$0")/lib.sh"
not_quick
lines=3000000
python3 - "$lines" >log/access.log <<'END'
import random
import sys
n = int(sys.argv[1])
r = random.Random(5)
tails = []
for _ in range(20000):
    tails.append(
        f'] "{r.choice(("GET", "GET", "POST"))} /shop/{r.randrange(900)}'
        f'?id={r.randbytes(4).hex()} HTTP/1.1" '
        f'{r.choice((200,) * 50 + (304, 404, 502))} {r.randrange(90000)} "-" '
        f'"Mozilla/5.0 ({r.randrange(400)})"\n')
write = sys.stdout.write
for second in range(n // 500):
    time = f"[20/Nov/2026:{8 + second // 3600:02}:{second // 60 % 60:02}:" \
        f"{second % 60:02} +0000"
    write("".join(
        f"10.{(second + i) % 9}.{i % 250}.{(second * 7 + i) % 250} - - {time}"
        + tails[(second * 131 + i * 17) % 20000] for i in range(500)))
END
peak() # COMMAND...: its greatest resident size in MB, on descriptor 3
{
	python3 -c 'import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
open("peak", "w").write(str(mb))
sys.exit(code)' "$@"
}
SECONDS=0
peak "$RECOUNT" --db recount.db import --source-host=web1 log/access.log
mb=$(cat peak)
echo "import: $mb MB, $SECONDS s," \
    "$(($(stat -c %s recount.db) / lines)) bytes a line"
[ "$mb" -lt 200 ] || fail "import took $mb MB"
total=$("$RECOUNT" --db recount.db status -o json |
    jq '[.. | .events? // empty | numbers] | max')
[ "$total" = "$lines" ] || fail "$total events of $lines"
peak "$RECOUNT" --db recount.db report -S 2026-11-20T08:30:00Z \
    -U 2026-11-20T09:00:00Z -o json >report.json
mb=$(cat peak)
echo "report: $mb MB"
[ "$mb" -lt 400 ] || fail "report took $mb MB"
jq -e '.totals.requests == 900000' report.json >/dev/null ||
    fail "requests: $(jq .totals report.json)"

head -n 400000 log/access.log >some.log
script -qec "$RECOUNT --db bar.db import --source-host=web1 some.log" \
    /dev/null >said
grep -qE '[0-9] %' said || fail "no progress bar: $(cat -v said)"
"$RECOUNT" --db none.db import --source-host=web1 some.log >said 2>&1
[ "$(cat said)" = "400,000 events from 1 file" ] || fail "said: $(cat -v said)"
