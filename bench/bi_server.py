"""The BI endpoint as users start it, with one user, and what its Java uses."""

import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyhive import hive

from bench.bi_settings import WARM_UP_ROUNDS, Setting
from bench.lakes import Place
from bench.measuring import REPOSITORY, FailedError
from bench.process_tree import cpu_seconds, java_peaks
from lake import bi_users
from lake.minio_server import free_port

USER = "bench"
GREETING = "thrift-server: listening"
WARM = "thrift-server: warmed up"
# Two cores that build something else beside it: longer than the server gives its own Java.
SECONDS_TO_START = 300
SECONDS_TO_STOP = 60


class Endpoint:
    """A running `scripts/thrift-server` with its supervisor.

    Attributes:
        port: where it listens, or is going to.
        process_id: of the supervisor.
        lines: what it has said so far.
    """

    def __init__(self, environment: Mapping[str, str], *options: str) -> None:
        self.port = free_port()
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [REPOSITORY / "scripts" / "thrift-server", "--port", str(self.port), *options],
            env={**os.environ, **environment},
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.process_id = self._process.pid
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_for(self, text: str, count: int = 1) -> str:
        """The line that has this text for the count-th time.

        Raises:
            FailedError: the server ended before, or it took too long.
        """
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            has_ended = self._process.poll() is not None
            found = [line for line in self.lines if text in line]
            if len(found) >= count:
                return found[count - 1]
            if has_ended:
                break
            time.sleep(0.02)
        msg = f"the server did not say {text!r}: {self.lines}"
        raise FailedError(msg)

    @property
    def java(self) -> int:
        """The process id of the Java that serves now."""
        greeting = [line for line in self.lines if line.startswith(GREETING)][-1]
        return int(greeting.split("(process ")[1].split(",")[0])

    def connect(self, user: str, password: str, **settings: Any) -> hive.Connection:  # noqa: ANN401 - PyHive's own
        """A connection of PyHive's; an error of its own where there is none to be had."""
        return hive.connect("127.0.0.1", self.port, username=user, password=password, auth="CUSTOM", **settings)

    def stop(self, by: int = signal.SIGTERM) -> int:
        """End it and its Java; its exit code."""
        self._process.send_signal(by)
        try:
            return self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its Java ends with its input
            return self._process.wait()

    def _listen(self) -> None:
        for line in self._process.stderr or ():
            self.lines.append(line.rstrip("\n"))


class Server:
    """An endpoint with one user.

    Attributes:
        ready_seconds: from the start of the command until it said that it listens.
    """

    def __init__(self, place: Place, setting: Setting) -> None:
        self._password = secrets.token_urlsafe(24)
        users = place.log.with_name("bi-users")
        users.unlink(missing_ok=True)
        bi_users.add(users, USER, self._password)
        environment = {**place.environment(), **setting.environment(), "LAKE_BI_USERS": str(users)}
        options = [word for name, value in setting.spark.items() for word in ("--spark", f"{name}={value}")]
        started = time.monotonic()
        self._endpoint = Endpoint(environment, *options)
        try:
            self._endpoint.wait_for(GREETING)
        except BaseException:
            self.stop()
            raise
        self.ready_seconds = time.monotonic() - started
        self._java = self._endpoint.java
        self._warms_up = setting.spark.get(WARM_UP_ROUNDS) != "0"
        self._started = started

    def seconds_until_warm(self) -> float:
        """Wait until it has said that it is warmed up, if it is going to; seconds from the start of the command.

        Raises:
            FailedError: it did not say so.
        """
        if self._warms_up:
            self._endpoint.wait_for(WARM)
        return time.monotonic() - self._started

    def connect(self) -> hive.Connection:
        """A connection of the user's."""
        return self._endpoint.connect(USER, self._password)

    def cpu_seconds(self) -> float:
        """CPU seconds that Java has used so far."""
        return cpu_seconds(self._java)

    def peak_bytes(self) -> int:
        """The peak of Java's resident memory so far."""
        return max(java_peaks(self._endpoint.process_id).values(), default=0)

    def complaints(self) -> list[str]:
        """What the server has said since it first listened: that its Java died, for instance."""
        lines = self._endpoint.lines
        greeted = next(index for index, line in enumerate(lines) if line.startswith(GREETING))
        return [line for line in lines[greeted + 1 :] if not line.startswith(WARM)]

    def stop(self) -> None:
        """End it and its Java."""
        self._endpoint.stop()


@contextmanager
def serving(place: Place, setting: Setting) -> Iterator[Server]:
    """A fresh server of a lake while the block runs.

    Raises:
        FailedError: it does not start.
    """
    server = Server(place, setting)
    try:
        yield server
    finally:
        server.stop()
