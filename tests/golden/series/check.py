#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py REPORT EVENTS: is the series what the events add up to?"""
import datetime
import json
import math
import sys


def usec(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(moment.timestamp() * 1e6)


def ranks(values):
    values = sorted(values)
    return {f"p{p}": values[math.ceil(p / 100 * len(values)) - 1]
            if values else None for p in (50, 95, 99)}


with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    events = [json.loads(line) for line in file]
requests = [e for e in events if e["kind"] == "access"]
series = report["series"]
step = round(series["step_s"] * 1e6)
since = usec(report["window"]["since"])
wrong = 0
for i, point in enumerate(series["points"]):
    begin = since + i * step
    mine = [e for e in requests
            if begin <= usec(e["timestamp"]) < begin + step]
    status = [e["http.response.status_code"] for e in mine]
    want = {"time": begin, "requests": len(mine),
            "failed": sum(s >= 500 for s in status),
            "aborted": status.count(499),
            "latency_ms": ranks([e["duration_s"] * 1000 for e in mine
                                 if "duration_s" in e])}
    point["time"] = usec(point["time"])
    if point != want:
        wrong += 1
        print(point, "but should be", want)
print(f"{len(series['points'])} buckets of {series['step_s']} s, "
      f"{sum(p['requests'] for p in series['points'])} requests, "
      f"{sum(p['failed'] for p in series['points'])} failed, {wrong} wrong")
