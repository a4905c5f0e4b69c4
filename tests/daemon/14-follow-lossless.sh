#!/bin/bash
# SPDX-License-Identifier: MIT
#
# recountd follows logs of many formats, the sample outage's and hostile ones,
# that grow in pieces which end anywhere, in the middle of a line too.  Every
# line comes back from the store byte for byte, in the order of its file.
#
# $LOSSLESS_LOGS may name a folder of other logs to try it with.

. "$(dirname "$0")/lib.sh"
mkdir -p whole
if [ -n "${LOSSLESS_LOGS:-}" ]; then
	cp -rL "$LOSSLESS_LOGS/." whole/
else
	"$ROOT/samples/outage/unpack" whole
fi
find whole -name '*.gz' -exec gzip -d {} +
find whole -type d -name journal -prune -exec rm -r {} +
find whole -name '*.json' -delete # documents of alerts are not followed
find whole -type f -size 0 -delete
python3 - <<'END'
import random
rnd = random.Random(5)
bytes_ = [b"all bytes: " + bytes(b for b in range(256) if b != 10)]
long_ = [b"a" * 1000000, b"b " * 400000, bytes(rnd.randrange(11, 256)
         for _ in range(200000))]
times = [b"2026-03-04T13:00:00%s web1 app[1]: t" % f for f in (
    b"Z", b"+00:00", b".1Z", b".123456789Z", b"-00:00", b"+0000", b".000Z",
    b",5+01:00", b".1234567+05:30")] + [b"Mar  4 13:00:00 web1 app: x",
    b"Mar 04 13:00:01 web1 app: x", b"<13>Mar  4 13:00:01 web1 app: x",
    b"<13>1 2026-03-04T13:00:00Z web1 app - - [a b=\"c\"] m",
    b"<013>1 2026-03-04T13:00:00.10Z - - - - -"]
combined = [
    b'1.2.3.4 - - [04/Mar/2026:13:00:00 +0000] "%s" %s %s "%s" "%s"' % row
    for row in [
        (b"GET / HTTP/1.1", b"200", b"0", b"-", b""),
        (b"GET / HTTP/1.1", b"0200", b"007", b"", b"-"),
        (b"", b"400", b"-", b"-", b"\\x22\\x5c"),
        (b"GET /\xff\xfe?\t=", b"500", b"18446744073709551616", b"-", b"ua"),
        (b"-", b"000", b"1e9", b"\"", b"a\"b"),
        (b"G E T / /", b"-", b"", b"-", b" "),
    ]]
extra = [b"\r", b"x\r", b" leading", b"trailing ", b"\x00", b"\x00\x00 nul",
         b"\xef\xbb\xbfbom", b"\"", b"{", b"{\"a\":1}", b"[", b"%s%n"]
def mixed(lines, n):
    return [rnd.choice(lines) for _ in range(n)] + lines
for name, lines in {
        "hostile.log": mixed(bytes_ + times + combined + extra, 400) + long_,
        "times.log": mixed(times, 300), "combined.log": mixed(combined, 300),
        "random.log": [bytes(rnd.choice(b"\x00\t \"'[]=:;\\%0129azAZ\x80\xff")
                             for _ in range(rnd.randrange(120)))
                       for _ in range(3000)],
        }.items():
    with open(f"whole/{name}", "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
END
{
	echo "[store]"
	echo "path = $WORK/recount.db"
	echo "commit-interval = 100ms"
	echo "[journal]"
	echo "enabled = no"
	n=0
	(cd whole && find . -type f | sort) | while read -r name; do
		n=$((n + 1))
		echo "[log \"s$n\"]"
		echo "path = $WORK/log/${name#./}"
	done
} >recountd.conf
(cd whole && find . -type d) | while read -r folder; do
	mkdir -p "log/$folder"
done

"$RECOUNTD" --config recountd.conf 2>recountd.said &
daemon=$!
PIDS+=("$daemon")
# In about a dozen pieces each, all files in turn.
python3 - <<'END'
import pathlib, random, time
rnd = random.Random(7)
paths = sorted(p for p in pathlib.Path("whole").rglob("*") if p.is_file())
left = {p: p.read_bytes() for p in paths}
size = {p: len(d) // 12 + 1 for p, d in left.items()}
while left:
    for p in list(left):
        n = rnd.randrange(1, 2 * size[p])
        with open("log" / p.relative_to("whole"), "ab") as file:
            file.write(left[p][:n])
        left[p] = left[p][n:]
        if not left[p]:
            del left[p]
    time.sleep(0.15)
END
all_taken()
{
	local now

	now=$("$RECOUNT" --db recount.db sql -o list \
	    "SELECT sum(position) FROM sources")
	[ "$now" = "$(find log -type f -printf '%s\n' | awk '{ n += $1 }
	    END { print n }')" ]
}
soon all_taken || fail "not read to the end: $(tail -n 3 recountd.said)"
kill -TERM "$daemon"
wait "$daemon" || fail "SIGTERM: exit $?"
"$RECOUNT" --db recount.db check
# A reader that knows nothing but the manual page says the same.
"$ROOT/tests/lib/read-store" recount.db >theirs
"$RECOUNT" --db recount.db sql -o raw \
    "SELECT raw FROM events ORDER BY rowid" | cmp - theirs ||
    fail "another reader reads something else"
files=0
while read -r name; do
	"$RECOUNT" --db recount.db sql -o raw "SELECT raw FROM events
	    JOIN sources ON source = sources.id
	    WHERE name = '$WORK/log/$name' ORDER BY \"offset\"" >got
	python3 - "$name" <<'END' || fail "$name came back different"
import sys
def lines(path):
    # A file that ends without a newline ends with a line all the same.
    return [l for l in open(path, "rb").read().split(b"\n") if l.strip()]
want, got = lines("whole/" + sys.argv[1]), lines("got")
for i, (a, b) in enumerate(zip(want, got)):
    if a != b:
        sys.exit(f"line {i}: {b[:200]!r} instead of {a[:200]!r}")
if len(want) != len(got):
    sys.exit(f"{len(got)} lines instead of {len(want)}")
END
	files=$((files + 1))
done < <(cd whole && find . -type f -printf '%P\n' | sort)
echo "$files files, $(find whole -type f -exec cat {} + | wc -c) bytes"
