# SPDX-License-Identifier: MIT
"""A headless Chromium, driven over the pipe of its DevTools protocol.

No driver program and no library: Chromium reads requests from descriptor 3
and writes answers and events to 4, JSON ended by a NUL.  Events are kept, so
that a test can ask afterwards what happened.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

WAIT = 30  # seconds for one answer; a busy machine is slow


class Failed(Exception):
    pass


class Browser:
    def __init__(self):
        self.program = shutil.which("chromium")
        if not self.program:
            raise Failed("no chromium")
        self.folder = tempfile.mkdtemp(prefix="recount-browser-")
        read, self.write = os.pipe()
        self.read, write = os.pipe()
        # Two steps, so that neither lands on the other's number.
        high = [os.dup2(fd, number) for fd, number in
                ((read, 203), (write, 204))]

        def arrange():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [self.program, "--headless=new", "--remote-debugging-pipe",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--no-default-browser-check",
             "--disable-extensions", "--disable-background-networking",
             "--disable-component-update", "--disable-sync",
             "--disable-features=Translate,OptimizationHints,MediaRouter",
             "--force-color-profile=srgb", "--hide-scrollbars",
             f"--user-data-dir={self.folder}", "about:blank"],
            preexec_fn=arrange, close_fds=True, pass_fds=(3, 4),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.folder})
        for fd in (read, write, *high):
            os.close(fd)
        self.rest, self.number, self.events = b"", 0, []
        self.session = None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t for t in targets if t["type"] == "page")
        self.session = self.call("Target.attachToTarget",
                                 targetId=page["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM",
                       "Accessibility"):
            self.call(f"{domain}.enable")

    def close(self):
        try:
            session, self.session = self.session, None
            self.call("Browser.close")
            self.process.wait(5)
        except (Failed, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _next(self, until):
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.read], [], [],
                                        max(0, until - time.monotonic()))
            if not ready:
                raise Failed("the browser does not answer")
            piece = os.read(self.read, 1 << 20)
            if not piece:
                raise Failed("the browser ended")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write, json.dumps(request).encode() + b"\0")
        until = time.monotonic() + WAIT
        while True:
            message = self._next(until)
            if message.get("id") == self.number:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait_for(self, method):
        until = time.monotonic() + WAIT
        while True:
            for i, event in enumerate(self.events):
                if event.get("method") == method:
                    return self.events.pop(i)
            self.events.append(self._next(until))

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=scale, mobile=False)

    def media(self, media="", **features):
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": name.replace("_", "-"), "value": value}
            for name, value in features.items()])

    def scripts(self, on):
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def run(self, expression):
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(details.get("exception", details)
                         .get("description", str(details)))
        return answer["result"].get("value")

    def key(self, key, text=None):
        extra = {"text": text} if text else {}
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "End": 35, "Home": 36,
                 "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
                 "ArrowDown": 40}
        extra["windowsVirtualKeyCode"] = codes.get(key, 0)
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key,
                  **extra)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key,
                  windowsVirtualKeyCode=extra["windowsVirtualKeyCode"])

    def mouse(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path, whole=False):
        answer = self.call("Page.captureScreenshot", format="png",
                           captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))
