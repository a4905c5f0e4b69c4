#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py REPORT SAMPLE: look every piece of evidence up where it came from."""
import gzip
import json
import pathlib
import subprocess
import sys

report = json.load(open(sys.argv[1], encoding="utf-8"))
sample = pathlib.Path(sys.argv[2])
cited = {i for item in report["timeline"] for i in item["evidence"]}
for incident in report["incidents"]:
    cited |= {i for factor in incident["factors"] for i in factor["evidence"]}
missing = cited - set(report["evidence"])
print(f"cited but not given: {sorted(missing)}")
files = cursors = 0
for name, item in report["evidence"].items():
    origin, raw = item["origin"], item["raw"].encode("utf-8", "surrogateescape")
    if "file" in origin:
        path = sample.parent / origin["file"]
        data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
        there = data[origin["offset"]:origin["offset"] + len(raw) + 1]
        if there != raw + b"\n":
            print(f"{name}: not at {origin}")
        files += 1
    elif "cursor" in origin:
        shown = subprocess.run(
            ["journalctl", "-q", f"--file={sample}/journal/*/system.journal",
             "-o", "json", f"--cursor={origin['cursor']}", "-n", "1"],
            capture_output=True, check=True).stdout
        message = json.loads(shown)["MESSAGE"]
        if f"MESSAGE={message}\n" not in item["raw"] + "\n":
            print(f"{name}: cursor shows {message!r}")
        cursors += 1
    else:
        print(f"{name}: from nowhere: {origin}")
print("evidence in files:", "some" if files else "none")
print("evidence in the journal:", "some" if cursors else "none")
