"""A headless Chromium, driven over a pipe by its own DevTools protocol: no driver, no port, no package."""

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOUND = next((path for name in NAMES if (path := shutil.which(name))), None)
NEEDS_CHROMIUM = pytest.mark.skipif(FOUND is None, reason=f"no browser here: none of {', '.join(NAMES)} is on the PATH")
# Tests run as root in containers, where Chromium's sandbox cannot start.
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe")
PATIENCE_SECONDS = 60


class Browser:
    """One page of a browser of its own, with what its console said."""

    def __init__(self, profile: Path) -> None:
        assert FOUND is not None
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # The browser reads descriptor 3 and writes 4; a shell puts ours there.
        command = 'exec "$@" 10<&"$IN" 11>&"$OUT" 3<&10 4>&11'
        options = [*OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", command, "browser", FOUND, *options],
            env={**os.environ, "IN": str(to_browser), "OUT": str(from_browser)},
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._count = 0
        self.problems: list[str] = []
        self.requests: list[str] = []
        pages = self.send("Target.getTargets")["targetInfos"]
        target = next(page["targetId"] for page in pages if page["type"] == "page")
        self._session = ""
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to a command."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if getattr(self, "_session", ""):
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, f"{method}: {answer.get('error')}"
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def open(self, address: str) -> None:
        """Load a page and forget what the one before said."""
        self.problems, self.requests = [], []
        self.send("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def eval(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def text(self, selector: str) -> str:
        """The text of the first element that fits."""
        return str(self.eval(f"document.querySelector({json.dumps(selector)}).textContent.trim()"))

    def cells(self, selector: str) -> list[list[str]]:
        """The texts of a table's body, row by row."""
        rows = f"[...document.querySelectorAll({json.dumps(selector + ' tbody tr')})]"
        found: list[list[str]] = self.eval(f"{rows}.map(row => [...row.cells].map(cell => cell.textContent.trim()))")
        return found

    def until(self, expression: str) -> None:
        """Wait until an expression holds in the page."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.eval(expression):
            assert time.monotonic() < end, f"{expression} does not come to hold: {self.problems}"
            time.sleep(0.05)

    def screenshot(self, file: Path, *, width: int = 1280, height: int = 900, whole: bool = True) -> None:
        """A picture of the page as PNG."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        time.sleep(0.5)
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        """End the browser."""
        try:
            self._session = ""
            self.send("Browser.close")
            self._process.wait(timeout=10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._out)
        os.close(self._in)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._in, 1 << 20)
            assert part, "the browser has ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        said = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.problems.append(str(said["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if said["type"] in {"error", "warning", "assert"}:
                self.problems.append(str([argument.get("value") for argument in said["args"]]))
            case "Log.entryAdded" if said["entry"]["level"] in {"error", "warning"}:
                self.problems.append(said["entry"]["text"])
            case "Page.javascriptDialogOpening":
                self.problems.append(f"a dialog: {said['message']}")
            case "Network.requestWillBeSent":
                self.requests.append(said["request"]["url"])
