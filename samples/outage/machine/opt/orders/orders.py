#!/usr/bin/python3
"""orders CONFIG: the shop's orders, kept in memory.

Prices are cached up to price_cache_mb, a little more with each order.  The
unit gives the process 192 MB of address space; a larger cache than that ends
in a MemoryError, which is what the sample outage is about.
"""
import http.server
import itertools
import json
import os
import random
import sys
import threading
import time

MB = 1 << 20
CHUNK = 16 * MB


def read_config(path):
    config = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            key, _, value = line.partition("=")
            config[key.strip()] = value.strip()
    return config


CONFIG = read_config(sys.argv[1])
CACHE_MAX = int(CONFIG["price_cache_mb"]) * MB
CACHE = []
LOCK = threading.Lock()
NUMBERS = itertools.count(int(time.time()) % 100000)
RANDOM = random.Random(11)


class Orders(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(RANDOM.uniform(0.002, 0.012))
        if RANDOM.random() < 0.004:
            print("warning: stock database is busy, giving up")
            self.answer(503, {"error": "try again"})
        elif "/cart" in self.path or "/orders" in self.path:
            self.answer(200, {"items": RANDOM.randrange(7)})
        else:
            self.answer(404, {"error": "no such thing"})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(RANDOM.uniform(0.008, 0.040))
        try:
            with LOCK:
                if len(CACHE) * CHUNK < CACHE_MAX:
                    CACHE.append(bytearray(CHUNK))
        except MemoryError:
            print(f"fatal: cannot extend the price cache beyond "
                  f"{len(CACHE) * CHUNK // MB} MB: out of memory", flush=True)
            os._exit(70)
        number = next(NUMBERS)
        if number % 4 == 0:
            print(f"order {number} accepted, "
                  f"{RANDOM.randrange(1, 6)} articles")
        self.answer(201, {"order": number})

    def answer(self, status, body):
        text = json.dumps(body).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


print(f"release {CONFIG['release']} listens on 127.0.0.1:8081")
http.server.ThreadingHTTPServer(("127.0.0.1", 8081), Orders).serve_forever()
