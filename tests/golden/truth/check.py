#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py REPORT LOAD: does the report say what the visitors saw?"""
import csv
import datetime
import gzip
import json
import sys


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) \
        .timestamp()


report = json.load(open(sys.argv[1], encoding="utf-8"))
with gzip.open(sys.argv[2], "rt") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    row["end"] = float(row["end"])
    row["failed"] = int(row["status"]) >= 500

print("incidents:", len(report["incidents"]))
incident = report["incidents"][0]
start, end = seconds(incident["start"]), seconds(incident["end"])
during = [r for r in rows if r["failed"] and start - 10 < r["end"] < end + 10]
# A few requests fail in quiet minutes too, each alone.
first = min(r["end"] for r in during)
last = max(r["end"] for r in during)
print("starts within 1 s of the first failure:", abs(start - first) < 1)
print("ends within 10 s after the last failure:", -1 < end - last < 10)
# Access lines have whole seconds.
inside = [r for r in rows if start <= int(r["end"]) <= end]
failed = [r for r in inside if r["failed"]]
requests, clients = (incident["impact"][k] for k in ("requests", "clients"))


def same(what, have, want):
    print(f"{what}: {have}" + ("" if have == want else f", but saw {want}"))


same("requests", requests["total"], len(inside))
same("failed", requests["failed"], len(failed))
same("clients affected", clients["affected"], len({r["client"] for r in failed}))
window = [r for r in rows if seconds(report["window"]["since"]) <= int(r["end"])
          < seconds(report["window"]["until"])]
same("requests in the window", report["totals"]["requests"], len(window))
same("failed in the window", report["totals"]["failed"],
     sum(r["failed"] for r in window))
