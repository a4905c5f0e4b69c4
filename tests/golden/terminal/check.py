#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py [--show] COMMAND...: how a report behaves on a terminal."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata

ESCAPE = re.compile(r"\033\[[0-9;]*m")


def on_terminal(command, columns=80, **settings):
    """What command writes to a terminal, and its exit status."""
    env = {**os.environ, "TERM": "xterm-256color", **settings}
    ready, go = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.read(ready, 1)  # until the size is set
        os.execvpe(command[0], command, env)
    fcntl.ioctl(fd, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, columns, 0, 0))
    os.write(go, b"x")
    out = b""
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    for end in (fd, ready, go):
        os.close(end)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return out.decode().replace("\r\n", "\n"), status


def columns_of(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else
               not unicodedata.combining(c) for c in ESCAPE.sub("", line))


def said(what, well):
    print(f"{what}: {'yes' if well else 'NO'}")


if sys.argv[1] == "--show":
    print(ESCAPE.sub("", on_terminal(sys.argv[2:])[0]), end="")
    sys.exit()

report = sys.argv[1:]
plain = [*report, "--no-pager"]
for columns in (40, 80, 120):
    text, _ = on_terminal(plain, columns)
    said(f"every line fits {columns} columns", all(
        columns_of(line) <= columns for line in text.split("\n")
        if not line.startswith("This window again: ")))
text, _ = on_terminal(plain, 80, COLUMNS="132")
said("COLUMNS has the last word", max(map(columns_of, text.split("\n"))) > 80)
said("colours", "\033[1;31mONSET\033[0m" in on_terminal(plain)[0])
said("none where NO_COLOR is set", "\033" not in
     on_terminal(plain, NO_COLOR="1")[0])
said("none on a dumb terminal", "\033" not in
     on_terminal(plain, TERM="dumb")[0])
piped = subprocess.run(plain, capture_output=True, text=True, check=True,
                       env={**os.environ, "TERM": "xterm"}).stdout
said("none in a pipe, nor folded lines", "\033" not in piped and
     max(map(columns_of, piped.split("\n"))) > 120)
said("7 bits where the locale has no more",
     on_terminal(plain, LC_ALL="C")[0].isascii())
said("also in a pipe", subprocess.run(
    plain, capture_output=True, check=True,
    env={**os.environ, "LC_ALL": "C"}).stdout.isascii())
text, _ = on_terminal(plain, TZ="Europe/Vienna")
said("the zone of this machine, said so", "02:05:30–02:13:30 CET (UTC+1)"
     in text and "02:07:14  " in text)
text, _ = on_terminal([*plain, "--utc"], TZ="Europe/Vienna")
said("--utc", "01:05:30–01:13:30 UTC" in text and "CET" not in text)

shout = "tr a-z A-Z"
said("a pager", "DEGRADATION OF NGINX" in on_terminal(
    report, RECOUNT_PAGER=shout, PAGER="false")[0])
said("PAGER where RECOUNT_PAGER is not set", "DEGRADATION OF NGINX" in
     on_terminal(report, PAGER=shout)[0])
said("--no-pager", "DEGRADATION" not in
     on_terminal(plain, RECOUNT_PAGER=shout)[0])
said("an empty RECOUNT_PAGER is none", "DEGRADATION" not in
     on_terminal(report, RECOUNT_PAGER="", PAGER=shout)[0])
said("less is told what git tells it", "LESS=FRSXMK" in
     on_terminal(report, RECOUNT_PAGER="echo LESS=$LESS; cat >/dev/null")[0])
said("no pager in a pipe", "DEGRADATION" not in subprocess.run(
    report, capture_output=True, text=True, check=True,
    env={**os.environ, "RECOUNT_PAGER": shout}).stdout)
os.mkdir("bin")
for program in ("sh", "cat"):
    os.symlink(f"/bin/{program}", f"bin/{program}")
text, status = on_terminal(report, PATH=f"{os.getcwd()}/bin")
said("without less it is shown all the same", "SUMMARY" in text and
     status == 0)
text, status = on_terminal(report, RECOUNT_PAGER="head -n 1")
said("whoever leaves early is no failure",
     status == 0 and "recount report:" not in text)
