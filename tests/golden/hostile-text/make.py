#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Twenty minutes of requests with things in them that nobody should trust."""
import sys

EVIL = ["/\x1b]0;INJECTED\x07\x1b[2J", "/<script>alert(1)</script>",
        "/a|INJECTED|b", "/\u202eINJECTED", "/\x9b31m", "/[x](javascript:1)",
        "/`INJECTED`", "/=cmd()", "/\r\n# INJECTED", "/<img src=x>"]
out = sys.stdout.buffer
for second in range(1200):
    bad = 600 <= second < 900
    for n in range(3):
        path = EVIL[(second + n) % len(EVIL)].replace("\n", "")
        out.write((f"198.51.100.{n + second % 40} - - "
                   f"[20/Nov/2026:10:{second // 60:02}:{second % 60:02} +0000] "
                   f"\"GET {path} HTTP/1.1\" {502 if bad else 200} 5 \"-\" "
                   f"\"{EVIL[second % 3]}\"\n").encode())
