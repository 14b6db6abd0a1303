"""A running scripts/thrift-server, and connections to it as clients make them."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from pyhive import hive
from pyhive.exc import Error

from lake.minio_server import free_port
from lake.settings import REPOSITORY

USER, PASSWORD = "ada", "correct-horse-battery-staple"
SECONDS_TO_START = 240


class Server:
    """The server with its supervisor, whose lines are kept."""

    def __init__(self, environment: dict[str, str], *options: str) -> None:
        self.port = free_port()
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [REPOSITORY / "scripts" / "thrift-server", "--port", str(self.port), *options],
            env={**os.environ, **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_for(self, text: str, count: int = 1) -> str:
        """The line that has this text for the count-th time."""
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            found = [line for line in self.lines if text in line]
            if len(found) >= count:
                return found[count - 1]
            assert self._process.poll() is None, f"the server is gone: {self.lines}"
            time.sleep(0.1)
        msg = f"no line with {text!r}: {self.lines}"
        raise AssertionError(msg)

    @property
    def java(self) -> int:
        """The process id of the Java that serves now."""
        line = [line for line in self.lines if "listening" in line][-1]
        return int(line.split("(process ")[1].split(",")[0])

    def stop(self, by: int = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self._process.send_signal(by)
        return self._process.wait(60)

    def connect(self, user: str = USER, password: str = PASSWORD, **settings: Any) -> hive.Connection:
        """A connection of PyHive's."""
        return hive.connect("127.0.0.1", self.port, username=user, password=password, auth="CUSTOM", **settings)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a client of its own gets."""
        with self.connect() as connection:
            return ask(connection, query)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line.rstrip("\n"))


def ask(connection: hive.Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def refusal(connection: hive.Connection, statement: str) -> str | None:
    """What the server says instead of an answer, after checking that it is one line without Java; None for an answer."""
    try:
        ask(connection, statement)
    except Error as error:
        status = error.args[0].status
        said = str(status.errorMessage)
        assert not status.infoMessages, statement
        assert said, statement
        assert len(said.splitlines()) == 1, said
        java = ("Exception", "lakehouse.", "org.apache.", "\tat ")
        assert not any(word in said for word in java if word not in statement), said
        return said
    return None


def make_keystore(folder: Path) -> tuple[Path, str]:
    """A keystore with a key for 127.0.0.1, made by the command of docs/bi.md, and its password."""
    keystore = folder / "bi.p12"
    java = Path(os.environ["JAVA_HOME"], "bin", "keytool") if "JAVA_HOME" in os.environ else Path("keytool")
    command = [
        *(java, "-genkeypair", "-alias", "bi", "-keyalg", "RSA", "-keysize", "3072", "-validity", "365"),
        *("-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12"),
        *("-keystore", keystore, "-storepass", "changed-it"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return keystore, "changed-it"
