# SPDX-License-Identifier: MIT
"""Logs with an incident in them that somebody wrote who means harm."""
SINCE, UNTIL = "2026-11-20T10:00:00Z", "2026-11-20T10:20:00Z"
HARM = [
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=2>",
    "\"><svg onload=window.pwned=3>", "' onmouseover='window.pwned=4",
    "</title></style></script></textarea></pre><b>bold</b>",
    "&lt;script&gt;", "<!--", "]]>", "javascript:window.pwned=5",
    "{{constructor.constructor('window.pwned=6')()}}",
    "\x1b]0;title\x07\x1b[2J\x9b31m", "\u202etxt.exe\u202c",
    "\u2066\u200b\ufeff", "=cmd|'/c calc'!A0",
    "<a href=//example.org>link</a>", "a\u0301\u0302" * 9,
]
# As they are to stand on the page.
SIGNS = [
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=2>",
    "\"><svg onload=window.pwned=3>", "</pre><b>bold</b>", "&lt;script&gt;",
    "\\x1b]0;title\\x07", "\\u{202e}txt.exe",
]


def write(folder):
    folder.mkdir()
    access, syslog = [], []
    for second in range(1200):
        clock = f"10:{second // 60:02}:{second % 60:02}"
        bad = 600 <= second < 900
        for n in range(3):
            harm = HARM[(second + n) % len(HARM)]
            path = "/" + harm.replace(" ", "%20").replace('"', "%22")
            agent = harm.replace('"', "\\x22")
            access.append(
                f"198.51.100.{n + second % 40} - - [20/Nov/2026:{clock} "
                f"+0000] \"GET {path} HTTP/1.1\" {502 if bad else 200} 5 "
                f"\"-\" \"{agent}\"")
        if second == 590:
            syslog.append(f"Nov 20 {clock} web1 deploy[7]: deploy "
                          f"{HARM[0]} rolled out")
        if bad and second % 4 == 0:
            harm = HARM[second // 4 % len(HARM)]
            syslog.append(f"Nov 20 {clock} {'<b>web1</b>'} "
                          f"app[9]: error: {harm} out of memory")
            syslog.append(f"Nov 20 {clock} web1 kernel: Out of memory: "
                          f"Killed process 9 ({harm[:15]})")
    for name, lines in (("access.log", access), ("syslog", syslog)):
        raw = "\n".join(lines).encode() + b"\n"
        (folder / name).write_bytes(raw.replace(b"txt.exe", b"txt.exe\xff"))
