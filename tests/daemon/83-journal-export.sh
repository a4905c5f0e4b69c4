#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `journalctl -o export | recount import -`, and -o json: the entries of a
# journal as text are the same events as those of the journal's files, byte for
# byte, each taken in once however often and whichever way it comes.  Binary
# and large fields survive; what is broken is a gap, and the rest comes.

. "$(dirname "$0")/lib.sh"
remote=/lib/systemd/systemd-journal-remote
[ -x $remote ] || skip "no systemd-journal-remote"
mkdir journal
python3 - >written <<'END'
import struct, sys
out = sys.stdout.buffer
boot = "0123456789abcdef0123456789abcde0"
def entry(n, *fields):
    out.write(f"__REALTIME_TIMESTAMP={1763632800000000 + n * 1000}\n"
              f"__MONOTONIC_TIMESTAMP={n * 1000}\n_BOOT_ID={boot}\n".encode())
    for name, value in (("_HOSTNAME", b"web1"), ("PRIORITY", b"6"),
                        ("SYSLOG_IDENTIFIER", b"app"), ("N", b"%d" % n),
                        *fields):
        if b"\n" in value or b"\0" in value:
            out.write(name.encode() + b"\n" + struct.pack("<Q", len(value))
                      + value + b"\n")
        else:
            out.write(name.encode() + b"=" + value + b"\n")
    out.write(b"\n")
for n in range(1, 401):
    entry(n, ("MESSAGE", b"job %d is done" % n))
entry(500, ("MESSAGE", b"two\nlines"), ("BLOB", bytes(range(256))))
entry(501, ("MESSAGE", "größer ☃ \ttab".encode()), ("TWICE", b"a"),
      ("TWICE", b"b"))
entry(502, ("MESSAGE", b"with a core"), ("COREDUMP", b"\0x" * 150000))
entry(503, ("MESSAGE", b"m" * 20000), ("OTHER", b"o" * 3000))
entry(504, ("MESSAGE", b"controls \x01\x1b[31m"))
END
$remote -o journal/a.journal written >/dev/null 2>remote.said ||
    fail "$(cat remote.said)"
import() # DB PATH...
{
	local db=$1

	shift
	"$RECOUNT" --db "$db" import "$@" >said 2>&1 || fail "$(cat said)"
}
events() { "$RECOUNT" --db "$1" events -o json; }
count() { events "$1" | wc -l; }
has() # DB COUNT WHAT
{
	[ "$(count "$1")" = "$2" ] || fail "$3: $(count "$1") instead of $2"
}
contents() # DB: what does not depend on the way it came
{
	events "$1" | jq -cS 'del(.id, .source, .pattern)' | sort
}

journalctl -D journal -o export >export 2>/dev/null
import files.db journal
has files.db 405 "the files"
contents files.db >want
journalctl -D journal -o export 2>/dev/null | import export.db -
has export.db 405 "from a pipe"
contents export.db | cmp - want || fail "as text the events are others"
[ "$(events export.db | jq -r 'select(.body == "two\nlines").raw' |
    head -c 9)" = "__CURSOR=" ]

# Again, compressed, in two parts that overlap, and the files themselves.
gzip -k export
import export.db - <export
import export.db export.gz
journalctl -D journal -o export -n 100 2>/dev/null | import export.db -
import export.db journal
has export.db 405 "twice"
import files.db export
has files.db 405 "the files, then as text"
journalctl -D journal -o export -n 300 2>/dev/null | import parts.db -
has parts.db 300 "the last 300"
import parts.db - <export
has parts.db 405 "and the rest"
contents parts.db | cmp - want

# JSON.
journalctl -D journal -o json --all 2>/dev/null >entries.json
import json.db - <entries.json
has json.db 405 "JSON"
for db in json.db files.db; do
	events $db | jq -cS '[.timestamp, .body, .cursor, ."host.name",
	    ."syslog.identifier", .kind, (.raw | length)]' |
	    sort >$db.short
done
cmp json.db.short files.db.short || fail "as JSON the events are others"
import json.db export entries.json journal
has json.db 405 "JSON, then everything"

# Where journalctl leaves large fields out, the entry is there and says so.
journalctl -D journal -o json 2>/dev/null | import short.db -
has short.db 405 "JSON without large fields"
[ "$(events short.db | jq -c 'select(.cut)' | wc -l)" -ge 1 ] ||
    fail "nothing says that a field is missing"

# Damage in the middle, and an end that is cut off.
python3 - <<'END'
text = open("export", "rb").read()
at = text.index(b"MESSAGE=job 200 ")
open("broken", "wb").write(text[:at] + b"garbage here\n" + text[at:-300])
END
import broken.db broken
grep -q 'not journal export format' said || fail "$(cat said)"
has broken.db 403 "broken"
"$RECOUNT" --db broken.db status -o json |
    jq -e '.gaps | length == 2' >/dev/null || fail "no gap"

# With a name, for what does not say what it is.
{ echo; cat export; } | import forced.db --format=journal-export -
has forced.db 405 "forced"
