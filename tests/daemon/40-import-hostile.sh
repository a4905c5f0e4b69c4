#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Import of what is broken: each bad file gets one clear message that names
# it, and where a part was lost there is a gap in the coverage; the rest of
# the folder is taken in.  The exit status is 0 as long as something could be
# done and 1 where nothing could.  It never crashes and memory stays small.

. "$(dirname "$0")/lib.sh"
wrong=0
fail() # here: note it, and go on with the next kind
{
	echo "$*" >&2
	wrong=1
}
line='198.51.100.7 - - [20/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x"'
good() # LINES: different ones each time, or files would be taken as one
{
	python3 -c 'import random, sys
for n in range(int(sys.argv[2])):
    print(sys.argv[1].replace("/a", f"/a{random.randbytes(6).hex()}"))' \
	    "$line" "$1"
}

# into NAME: `recount import` of in/ into a new database; said, status.
into()
{
	rm -f recount.db*
	status=0
	(ulimit -v 1500000 && exec "$RECOUNT" --db recount.db import \
	    --source-host=web1 --source-timezone=UTC "$@") >said 2>&1 ||
	    status=$?
	[ "$status" -lt 126 ] || fail "crashed ($status) on $*: $(cat said)"
}
asan=$(nm -D "$RECOUNT" 2>/dev/null | grep -c __asan_init || true)
[ "$asan" = 0 ] || ulimit() { :; } # its shadow memory counts

events() # how many there are that hold TEXT
{
	stored | grep -c -- "$1" || true
}
gaps()
{
	"$RECOUNT" --db recount.db report -S 2026-11-20T09:00:00Z \
	    -U 2026-11-20T11:00:00Z -o json |
	    jq '[.coverage[].gaps[]?] | length'
}
tells() # NAME: exactly one line of what was said is about it
{
	[ "$(grep -c -- "$1" said)" = 1 ] ||
	    fail "not one message about $1: $(cat said)"
}
fresh()
{
	rm -rf in
	mkdir in
	good 20 >in/access.log
}

fresh; head -c 300000 /dev/urandom >in/noise.log
into in
[ "$status" = 0 ] && [ "$(events 'GET /a')" = 20 ] || fail "noise: $(cat said)"
tells noise.log

fresh; { good 5; head -c 104857600 /dev/zero | tr '\0' x; echo; good 7; } \
    >in/long.log
into in
[ "$status" = 0 ] && [ "$(stored | jq -r .raw | grep -c '^198')" = 32 ] ||
    fail "long line: $(cat said)"
tells long.log
[ "$(gaps)" -ge 1 ] || fail "no gap for the line of 100 MB"

fresh; { good 5; printf 'a\0b\0\0c\n'; good 5; } >in/nul.log
into in
[ "$status" = 0 ] && [ "$(events '"raw":.*GET /a')" = 30 ] ||
    fail "NUL: $(cat said)"
stored | jq -se 'any(.raw == "a\u0000b\u0000\u0000c")' >/dev/null ||
    fail "the line with NUL bytes is not there as it was"

fresh; printf '198.51.100.7 - - [20/Nov/2026:10:00:00 +0000] "GET /\xff\xfe%%\xc3 HTTP/1.1" 200 5 "-" "\xe9"\n' \
    >>in/access.log
into in
[ "$status" = 0 ] && [ "$(stored | wc -l)" = 21 ] || fail "UTF-8: $(cat said)"
stored | iconv -f UTF-8 -t UTF-8 >/dev/null || fail "output is not UTF-8"

fresh; : >in/empty.log
into in
[ "$status" = 0 ] && [ "$(stored | wc -l)" = 20 ] || fail "empty: $(cat said)"

fresh; good 5000 | gzip >whole.gz
head -c $(($(stat -c %s whole.gz) / 2)) whole.gz >in/cut.log.gz
into in
[ "$status" = 0 ] && [ "$(stored | wc -l)" -gt 100 ] ||
    fail "truncated gzip: $(cat said)"
tells cut.log.gz
[ "$(gaps)" -ge 1 ] || fail "no gap for the truncated gzip"

fresh; samples=$ROOT/samples/outage
"$samples/unpack" sample
journal=$(echo sample/journal/*/system.journal)
cp "$journal" in/cut.journal; truncate -s 1000000 in/cut.journal
{ printf LPKSHHRH; head -c 100000 /dev/urandom; } >in/random.journal
into in
[ "$status" = 0 ] && [ "$(events 'GET /a')" = 20 ] ||
    fail "journals: $(cat said)"
tells cut.journal
tells random.journal
fresh; cp "$journal" in/
python3 - in/system.journal <<'END'
import random, sys
r = random.Random(3)
with open(sys.argv[1], "r+b") as file:
    for _ in range(400):
        file.seek(r.randrange(4096, 2000000))
        file.write(r.randbytes(16))
END
into in
[ "$status" = 0 ] && [ "$(events 'GET /a')" = 20 ] ||
    fail "damaged journal: $(cat said)"

if [ "$(id -u)" = 0 ]; then
	fresh; good 3 >in/secret.log; chmod 000 in/secret.log
	chmod 755 "$WORK"; mkdir -m 777 -p db
	status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups "$RECOUNT" \
	    --db db/r.db import --source-host=web1 in >said 2>&1 || status=$?
	[ "$status" = 0 ] || fail "unreadable file among others: $(cat said)"
	tells secret.log
	status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups "$RECOUNT" \
	    --db db/r2.db import --source-host=web1 in/secret.log \
	    >said 2>&1 || status=$?
	[ "$status" = 1 ] || fail "nothing could be done, but exit $status"
	tells secret.log
fi

into no-such-file
[ "$status" = 1 ] || fail "exit $status for a file that is not there"
tells no-such-file
exit "$wrong"
