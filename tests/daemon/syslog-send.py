#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""syslog-send.py MODE HOST PORT COUNT [FIRST]: numbered messages, at once.

MODE is a word of: lines or counted (framing), -tls behind it for TLS; or udp.
A sender as they ought to be: before each write it looks whether the other side
has hung up, and if so connects again and goes on with the next message.  Says
how many it sent.
"""
import select
import socket
import ssl
import sys
import time

mode, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
count, first = int(sys.argv[4]), int(sys.argv[5]) if len(sys.argv) > 5 else 0
PAUSE = 0.1


def message(n):
    return (f"<13>1 2026-11-21T03:{n // 6000 % 60:02}:{n // 100 % 60:02}.{n % 1000:03}Z "
            f"web1 app {n % 40} - [seq@32473 n=\"{n}\"] message number {n}"
            ).encode()


def connect():
    while True:
        try:
            s = socket.create_connection((host, port))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if "tls" in mode:
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                s = context.wrap_socket(s)
            return s
        except OSError:
            time.sleep(PAUSE)


def hung_up(s):
    return bool(select.select([s], [], [], 0)[0])


if mode == "udp":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for n in range(first, first + count):
        s.sendto(message(n), (host, port))
    print(count)
    sys.exit()

s = connect()
for n in range(first, first + count):
    text = message(n)
    if "counted" in mode:
        data = str(len(text)).encode() + b" " + text
    else:
        data = text + b"\n"
    if hung_up(s):
        # What was written so far is the other side's: let it read it all.
        s.close()
        s = connect()
    s.sendall(data)
s.close()
print(count)
