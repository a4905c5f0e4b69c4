#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""traffic.py SECONDS WORK PORT: requests, syslog lines and journal entries.

Writes as fast as is comfortable until the time is over: requests to nginx on
PORT (four in a hundred fail), lines through logger(1) to rsyslog and to
journald's /dev/log, entries by journald's own protocol, some of them of
several lines or binary.  Every message carries a number, so that each is
different from all others.
"""
import http.client
import socket
import subprocess
import sys
import threading
import time

seconds, work, port = float(sys.argv[1]), sys.argv[2], int(sys.argv[3])
until = time.monotonic() + seconds


def requests():
    n = 0
    while time.monotonic() < until:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(20):
            n += 1
            page = ("/gone" if n % 25 == 0 else
                    "/timed" if n % 3 == 0 else "/ok")
            link.request("GET", f"{page}?n={n}", headers={
                "X-Forwarded-For": f"198.51.100.{n % 200 + 1}",
                "User-Agent": f"traffic \xe9 \" {n}".encode("latin-1")})
            link.getresponse().read()
            time.sleep(0.004)
        link.close()


def logger(target, *options):
    program = subprocess.Popen(
        ["logger", "-u", f"{work}/{target}", *options],
        stdin=subprocess.PIPE)
    n = 0
    while time.monotonic() < until:
        n += 1
        program.stdin.write(
            f"message {n} of {options[-1]}: queue depth {n * 7 % 31}\n"
            .encode())
        program.stdin.flush()
        time.sleep(0.008)
    program.stdin.close()
    program.wait()


def native():
    link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    n = 0
    while time.monotonic() < until:
        n += 1
        text = f"entry {n}\nwith a second line".encode()
        if n % 5:
            entry = b"MESSAGE=entry %d\n" % n
        else:
            entry = b"MESSAGE\n" + len(text).to_bytes(8, "little") + text + b"\n"
        entry += b"PRIORITY=%d\nSYSLOG_IDENTIFIER=native\nN=%d\n" % (n % 8, n)
        link.sendto(entry, f"{work}/journald/socket")
        time.sleep(0.01)


threads = [threading.Thread(target=target, args=args) for target, *args in (
    (requests,), (native,),
    (logger, "rsyslog.sock", "-p", "user.info", "-t", "shop"),
    (logger, "rsyslog.sock", "-p", "local0.notice", "-t", "till"),
    (logger, "journald/dev-log", "-p", "daemon.warning", "-t", "desk"))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
