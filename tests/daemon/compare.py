#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""compare.py WORK NAME...: is what was written in the store exactly once?

Each NAME stands for a log file with all it was rotated to (NAME.1, NAME.2.gz,
...), or is a journal in export form.  WORK/stored.jsonl is what `recount
events -o json` gave.  Compared are the bytes of every line and of every
journal entry.
"""
import collections
import glob
import gzip
import json
import pathlib
import sys

work = pathlib.Path(sys.argv[1])
names = sys.argv[2:]


def lines_of(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    return [line for line in data.split(b"\n") if line.strip()]


def entries(data):
    """A journal in export form -> a frozenset of fields per entry."""
    fields, at = [], 0
    while at < len(data):
        end = data.index(b"\n", at)
        line = data[at:end]
        at = end + 1
        if not line:
            if fields:
                yield frozenset(fields)
            fields = []
        elif b"=" in line:
            fields.append(tuple(line.split(b"=", 1)))
        else:
            size = int.from_bytes(data[at:at + 8], "little")
            fields.append((line, data[at + 8:at + 8 + size]))
            at += 8 + size + 1
    if fields:
        yield frozenset(fields)


def content(fields):
    """What an entry says, without the addresses that readers differ in."""
    return frozenset(f for f in fields if f[0] not in (
        b"__CURSOR", b"__SEQNUM", b"__SEQNUM_ID", b"_SOURCE_BOOTTIME"))


stored_lines = collections.Counter()
stored_entries = collections.Counter()
with open(work / "stored.jsonl", encoding="utf-8") as file:
    for line in file:
        event = json.loads(line)
        raw = event["raw"].encode("utf-8", "surrogateescape")
        if "cursor" in event:
            for fields in entries(raw + b"\n\n"):
                stored_entries[content(fields)] += 1
        else:
            for part in raw.split(b"\n"):
                if part.strip():
                    stored_lines[part] += 1

wrong = 0


def judge(name, want, have):
    global wrong
    lost = want - have
    twice = {key: n for key, n in have.items() if key in want and n > want[key]}
    print(f"{name}: {sum(want.values())} written, {sum(lost.values())} lost, "
          f"{len(twice)} more than once")
    for title, some in (("lost", lost), ("more than once", twice)):
        for key in list(some)[:3]:
            print(f"    {title}: {key if isinstance(key, bytes) else sorted(key)}")
    wrong += bool(lost) or bool(twice)
    if not want:
        print("    nothing was written at all")
        wrong += 1


written = collections.Counter()
for name in names:
    if name.endswith(".export"):
        judge(name, collections.Counter(
            content(e) for e in entries((work / name).read_bytes())),
            stored_entries)
        continue
    want = collections.Counter(
        line for path in glob.glob(f"{work}/{name}*")
        for line in lines_of(path))
    written += want
    judge(name, want, stored_lines)
invented = stored_lines - written
if invented:
    print(f"{sum(invented.values())} lines nobody wrote, as "
          f"{list(invented)[:3]}")
    wrong += 1
sys.exit(bool(wrong))
