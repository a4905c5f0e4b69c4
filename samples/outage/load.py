#!/usr/bin/python3
"""load.py SECONDS FOLDER: visitors of the sample's shop, and a prober.

Eighty clients on documentation addresses ask for pages and place orders, at a
pace that varies but comes from a fixed seed.  What each of them saw is
written to FOLDER/load.csv: this, and not the server's log, is what the
sample's figures are checked against.  The prober asks every five seconds; an
alert fires after three failures in a row and ends after three successes, and
is written to FOLDER/alerts.json as Alertmanager would send it.
"""
import concurrent.futures
import csv
import datetime
import http.client
import json
import pathlib
import random
import sys
import threading
import time

RANDOM = random.Random(20)
CLIENTS = ([f"198.51.100.{n}" for n in RANDOM.sample(range(1, 255), 42)]
           + [f"203.0.113.{n}" for n in RANDOM.sample(range(1, 255), 26)]
           + [f"2001:db8:{n:x}::{n % 7 + 1}"
              for n in RANDOM.sample(range(16, 4096), 12)])
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
          "Firefox/128.0",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)",
          "shop-app/5.2 (Android 15)"]
PAGES = [("shop.example", "GET", "/", 30), ("shop.example", "GET", "/a.css", 9),
         ("shop.example", "GET", "/cart", 20),
         ("shop.example", "GET", "/orders/{n}", 10),
         ("shop.example", "POST", "/orders", 22),
         ("shop.example", "GET", "/wp-login.php", 0.5),
         ("api.example", "GET", "/v1/orders/{n}", 20),
         ("api.example", "GET", "/v1/cart?full=1", 8),
         ("api.example", "POST", "/v1/orders", 12)]
RATE = 2.8  # requests per second of all clients together
PROBER = "192.0.2.10"

rows = []
lock = threading.Lock()


def ask(client, agent, host, method, path):
    begin = time.time()
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=10)
    body = json.dumps({"articles": [17, 4]}) if method == "POST" else None
    try:
        connection.request(method, path, body, {
            "Host": host, "X-Forwarded-For": client, "User-Agent": agent})
        status = connection.getresponse().status
    except OSError:
        status = 0
    finally:
        connection.close()
    with lock:
        rows.append((begin, time.time(), client, host, method, path, status))
    return status


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).isoformat(timespec="milliseconds")


def probe(until, alerts):
    bad = good = 0
    since = None
    while time.time() < until:
        status = ask(PROBER, "uptime-check/3", "shop.example", "GET", "/cart")
        bad, good = (bad + 1, 0) if status != 200 else (0, good + 1)
        if bad == 3 and since is None:
            since = time.time()
            alerts.append(alert(since, None))
        elif good == 3 and since is not None:
            alerts.append(alert(since, time.time()))
            since = None
        time.sleep(5)


def alert(since, until):
    labels = {"alertname": "ShopUnavailable", "instance": "shop.example",
              "severity": "page"}
    return {"version": "4", "status": "resolved" if until else "firing",
            "receiver": "on-call", "groupLabels": {}, "commonLabels": labels,
            "alerts": [{
                "status": "resolved" if until else "firing", "labels": labels,
                "annotations": {"summary": "The cart of shop.example fails"},
                "startsAt": rfc3339(since),
                "endsAt": rfc3339(until) if until
                else "0001-01-01T00:00:00Z",
                "fingerprint": "6b1f0c52d1a7e390"}]}


def main():
    until = time.time() + float(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    alerts = []
    prober = threading.Thread(target=probe, args=(until, alerts))
    prober.start()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        while time.time() < until:
            host, method, path, _ = RANDOM.choices(
                PAGES, [page[3] for page in PAGES])[0]
            client = RANDOM.choice(CLIENTS)
            pool.submit(ask, client, AGENTS[CLIENTS.index(client) % 3], host,
                        method, path.format(n=RANDOM.randrange(4000, 9000)))
            time.sleep(RANDOM.expovariate(RATE))
    prober.join()
    with open(folder / "load.csv", "w", newline="", encoding="ascii") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("begin end client host method path status".split())
        out.writerows((f"{a:.3f}", f"{b:.3f}", *rest)
                      for a, b, *rest in sorted(rows))
    (folder / "alerts.json").write_text(json.dumps(alerts, indent=1) + "\n")


main()
