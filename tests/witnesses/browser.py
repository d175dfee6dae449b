# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium, driven over a pipe by the DevTools protocol: a browser and nothing between it and the test."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.witnesses.processes import Killable, until

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    "--remote-debugging-pipe",
]
_TIMEOUT = 40.0  # seconds


class Browser:
    """One page. ``errors`` are what went to its console as errors, and exceptions."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session: str | None = None
        self._loaded = False
        self.errors: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a method of the protocol."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        found: dict[str, Any] = {}

        def answered() -> bool:
            found.update(self._receive())
            return found.get("id") == number

        until(answered, "the browser does not answer")
        assert "error" not in found, found["error"]
        result: dict[str, Any] = found["result"]
        return result

    def open(self, url: str) -> str:
        """Goes there, waits until it is loaded, and returns the text of the page."""
        self._loaded = False
        self.call("Page.navigate", url=url)
        return self._text()

    def reload(self) -> str:
        """As the button does."""
        self._loaded = False
        self.call("Page.reload")
        return self._text()

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """The size of the window in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def screenshot(self, path: Path) -> None:
        """A PNG of the whole page."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def pdf(self) -> bytes:
        """What a printer would get."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def emulate(self, scheme: str, media: str = "") -> None:
        """``light`` or ``dark``; with ``media`` also ``print``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def style(self, selector: str, name: str) -> str:
        """The computed value of a CSS property."""
        return str(self.evaluate(f"getComputedStyle(document.querySelector({selector!r})).getPropertyValue({name!r})"))

    def _text(self) -> str:
        def loaded() -> bool:
            if not self._loaded:
                self._receive()
            return self._loaded

        until(loaded, "the browser does not load the page")
        return str(self.evaluate("document.body.innerText"))

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select.select([self._read], [], [], _TIMEOUT)[0], "the browser does not answer"
            part = os.read(self._read, 65536)
            assert part, "the browser has ended"
            self._buffer += part
        text, _zero, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        params = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                self.errors.append(json.dumps(params))
            case "Runtime.consoleAPICalled" if params["type"] == "error":
                self.errors.append(json.dumps(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(params["entry"]["text"])
        return message


@contextlib.contextmanager
def browser(home: Path, *flags: str) -> Iterator[Browser]:
    """A browser whose home directory, with its certificates, is ``home``."""
    to_browser, from_browser = os.pipe(), os.pipe()
    # Chromium reads commands from descriptor 3 and answers on descriptor 4.
    script = f'exec "$@" 3<&{to_browser[0]} 4>&{from_browser[1]}'
    command = ["chromium", *_FLAGS, f"--user-data-dir={home}/profile", *flags, "about:blank"]
    with (home / "browser.log").open("ab") as log:
        process: Killable[bytes] = Killable(
            ["bash", "-c", script, "bash", *command],
            env={**os.environ, "HOME": str(home)},
            pass_fds=(to_browser[0], from_browser[1]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    os.close(to_browser[0])
    os.close(from_browser[1])
    try:
        yield Browser(to_browser[1], from_browser[0])
    finally:
        process.terminate()  # it writes down what it has to remember
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TIMEOUT)
        process.kill()
        os.close(to_browser[1])
        os.close(from_browser[0])
