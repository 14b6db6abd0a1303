"""Superset's own web server, started by scripts/superset, and its REST API as its pages use it."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from lake.minio_server import free_port
from lake.settings import REPOSITORY

ADMIN, PASSWORD = "admin", "another-correct-horse"
SECONDS_TO_START = 300
SECONDS_TO_ANSWER = 120


class Superset:
    """A Superset with a folder of its own, and one user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._token = self._csrf = ""
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str, told: str = "") -> "subprocess.CompletedProcess[str]":
        """One call of scripts/superset."""
        return subprocess.run(
            [REPOSITORY / "scripts" / "superset", *words],
            env=self._environment,
            input=told,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        """Make the user, start the server, log in."""
        names = ("--username", ADMIN, "--firstname", "A", "--lastname", "B", "--email", "admin@example.org")
        made = self.command("fab", "create-admin", *names, told=f"{PASSWORD}\n{PASSWORD}\n")
        assert made.returncode == 0, made.stderr
        port = free_port()
        self._address = f"http://127.0.0.1:{port}"
        with (self.folder / "web.log").open("wb") as log:
            self._process = subprocess.Popen(
                [REPOSITORY / "scripts" / "superset", "run", "--port", str(port), "--with-threads"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait()
        login = {"username": ADMIN, "password": PASSWORD, "provider": "db"}
        self._token = self.ask("security/login", login)["access_token"]
        self._csrf = self.ask("security/csrf_token/")["result"]

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the API answers to a GET, or with a body to a POST."""
        status, answer = self.try_to(path, body)
        assert status in {200, 201}, answer
        return answer

    def try_to(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """The status and what came with it, an error too."""
        headers = {"Content-Type": "application/json", "Referer": self._address}
        if self._token:
            headers |= {"Authorization": f"Bearer {self._token}", "X-CSRFToken": self._csrf}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._address}/api/v1/{path}", data, headers)  # noqa: S310 - its own address
        try:
            with self._opener.open(request, timeout=SECONDS_TO_ANSWER) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def page_policy(self) -> str:
        """What a browser may fetch for its pages, by the header of the page of the login."""
        with self._opener.open(f"{self._address}/login/", timeout=SECONDS_TO_ANSWER) as page:
            return str(page.headers["Content-Security-Policy"])

    def stop(self) -> None:
        """End it, where it was started."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(SECONDS_TO_ANSWER)

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "web.log").read_text(errors="replace")

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "SUPERSET_HOME": str(self.folder)}

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                with self._opener.open(f"{self._address}/health", timeout=SECONDS_TO_ANSWER):
                    return
            except OSError:
                assert self._process is not None
                assert self._process.poll() is None, self.log
                time.sleep(0.2)
        raise AssertionError(self.log)
