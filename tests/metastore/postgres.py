"""A real PostgreSQL on 127.0.0.1, from programs that scripts/setup fetches; with a database for the metastore."""

import os
import platform
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.minio_server import free_port
from lake.settings import REPOSITORY

OWNER, PASSWORD = "metastore", "its-own-password"
SECONDS_TO_START = 60


@dataclass
class Postgres:
    """A server; `start` and `stop` as its operator would."""

    home: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Its database `postgres`, for JDBC."""
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres"

    def environment(self, user: str = OWNER, password: str = PASSWORD) -> dict[str, str]:
        """The variables of a process that uses it as the shared metastore."""
        return {"METASTORE_URL": self.url, "METASTORE_USER": user, "METASTORE_PASSWORD": password}

    def make(self) -> None:
        """Make the files of a new cluster, whose every login needs its password."""
        password = self.home / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            # It refuses to run as root.
            for path in (self.home, *self.home.rglob("*")):
                os.chown(path, _nobody().pw_uid, _nobody().pw_gid, follow_symlinks=False)
        words = [
            "-D",
            str(self.home / "data"),
            "-U",
            OWNER,
            "-A",
            "scram-sha-256",
            "--pwfile",
            str(password),
            "-E",
            "UTF8",
        ]
        self._call("initdb", *words, "--locale=C", "--no-sync").wait()

    def start(self) -> None:
        """Start it and wait until it listens."""
        log = self.home / "data" / "log"
        words = ["-D", str(self.home / "data"), "-h", "127.0.0.1", "-p", str(self.port), "-k", "", "-c", "fsync=off"]
        self.process = self._call("postgres", *words)
        for _ in range(SECONDS_TO_START * 10):
            status = self.home / "data" / "postmaster.pid"
            if status.exists() and status.read_text(encoding="utf-8").split("\n")[-2].strip() == "ready":
                return
            assert self.process.poll() is None, f"PostgreSQL ended: {log}"
            time.sleep(0.1)
        pytest.fail("PostgreSQL is not ready")

    def stop(self) -> None:
        """End it and its connections."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None

    def ask(
        self, spark: SparkSession, query: str, user: str = OWNER, password: str = PASSWORD
    ) -> list[tuple[Any, ...]]:
        """What a login gets for a query, as texts; an error is Java's."""
        connection = spark._jvm.java.sql.DriverManager.getConnection(self.url, user, password)
        try:
            rows = connection.createStatement().executeQuery(query)
            width = rows.getMetaData().getColumnCount()
            found = []
            while rows.next():
                found.append(tuple(rows.getString(place) for place in range(1, width + 1)))
            return found
        finally:
            connection.close()

    def tell(self, spark: SparkSession, statement: str, user: str = OWNER, password: str = PASSWORD) -> None:
        """Run a statement as a login; an error is Java's."""
        connection = spark._jvm.java.sql.DriverManager.getConnection(self.url, user, password)
        try:
            connection.createStatement().execute(statement)
        finally:
            connection.close()

    def _call(self, program: str, *words: str) -> "subprocess.Popen[bytes]":
        is_root = os.geteuid() == 0
        with (self.home / "output.log").open("ab") as sink:
            return subprocess.Popen(
                [self.home / "programs" / "bin" / program, *words],
                cwd=self.home,
                user=_nobody().pw_uid if is_root else None,
                group=_nobody().pw_gid if is_root else None,
                extra_groups=[] if is_root else None,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server of its own, gone with its files at the end; tests that want it are skipped where there is none to fetch."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("needs PostgreSQL: there is none to fetch for this machine, only for Linux on x86_64")
    subprocess.run([REPOSITORY / "scripts" / "setup", "postgres"], check=True)
    # Not below pytest's folders: who may not be root must get there.
    server = Postgres(Path(tempfile.mkdtemp(prefix="lake-postgres-")), free_port())
    try:
        server.home.chmod(0o755)
        shutil.copytree(REPOSITORY / ".build" / "postgres", server.home / "programs", symlinks=True)
        server.make()
        server.start()
        yield server
        server.stop()
    finally:
        if server.process is not None:
            server.process.kill()
            server.process.wait()
        shutil.rmtree(server.home)
