"""The BI endpoint as users start it, with one user, and what its Java uses."""

import re
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pyhive import hive

from bench.bi_settings import Setting
from bench.lakes import Place
from bench.measuring import REPOSITORY, FailedError
from bench.process_tree import cpu_seconds, java_peaks
from lake import bi_users
from lake.minio_server import free_port

USER = "bench"
# Two cores that build something else beside it: longer than the server gives its own Java.
SECONDS_TO_START = 300
SECONDS_TO_STOP = 60


class Server:
    """A running `scripts/thrift-server`.

    Attributes:
        ready_seconds: from the start of the command until it said that it listens.
    """

    def __init__(self, place: Place, setting: Setting) -> None:
        self._port = free_port()
        self._password = secrets.token_urlsafe(24)
        users = place.log.with_name("bi-users")
        users.unlink(missing_ok=True)
        bi_users.add(users, USER, self._password)
        environment = {**place.environment(), **setting.environment(), "LAKE_BI_USERS": str(users)}
        options = [word for name, value in setting.spark.items() for word in ("--spark", f"{name}={value}")]
        started = time.monotonic()
        self._process = subprocess.Popen(
            [REPOSITORY / "scripts" / "thrift-server", "--port", str(self._port), *options],
            env=environment,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            greeting = self._greeting()
        except BaseException:
            self.stop()
            raise
        self.ready_seconds = time.monotonic() - started
        self._java = int(re.search(r"\(process (\d+),", greeting)[1])  # type: ignore[index]

    def connect(self) -> hive.Connection:
        """A connection of PyHive's; an error of its own where there is none to be had."""
        return hive.connect("127.0.0.1", self._port, username=USER, password=self._password, auth="CUSTOM")

    def cpu_seconds(self) -> float:
        """CPU seconds that Java has used so far."""
        return cpu_seconds(self._java)

    def peak_bytes(self) -> int:
        """The peak of Java's resident memory so far."""
        return max(java_peaks(self._process.pid).values(), default=0)

    def complaints(self) -> list[str]:
        """What the server has said since it first listened: that its Java died, for instance."""
        greeted = next(index for index, line in enumerate(self._lines) if _is_greeting(line))
        return self._lines[greeted + 1 :]

    def stop(self) -> None:
        """End it and its Java."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its Java ends with its input
            self._process.wait()

    def _greeting(self) -> str:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            for line in self._lines:
                if _is_greeting(line):
                    return line
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        said = "\n".join(self._lines[-5:])
        msg = f"the server did not start: {said}"
        raise FailedError(msg)

    def _listen(self) -> None:
        for line in self._process.stderr or ():
            self._lines.append(line.rstrip("\n"))


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


def _is_greeting(line: str) -> bool:
    return line.startswith("thrift-server: listening")
