"""`lake doctor` against what really goes wrong on a machine; each situation is made, none is pretended."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lake import s3
from lake.doctor import examine
from lake.doctor_machine import check_packages, check_port
from lake.doctor_places import check_clock_of_store, check_place
from lake.doctor_setup import check_jars
from lake.finding import Finding
from lake.format import FORMAT
from lake.settings import REPOSITORY, Settings
from tests.disks import mount, small_disk

IVY = REPOSITORY / "spark_conf" / "ivy.xml"
LAKE = shutil.which("lake", path=str(REPOSITORY / ".venv" / "bin"))


def doctor(folder: Path, **variables: str) -> dict[str, Finding]:
    """The findings by check, of a lake in this folder unless a variable says otherwise."""
    places = {"LAKE_URI": str(folder / "lake"), "LANDING_URI": str(folder / "landing")}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**places, **variables}.items():
            environment.setenv(name, value)
        environment.setattr(tempfile, "tempdir", None)  # else the first TMPDIR is kept
        s3.client.cache_clear()
        found = examine(Settings())
    s3.client.cache_clear()
    return {item.check: item for item in found}


def command(folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command itself."""
    places = {"LAKE_URI": str(folder / "lake"), "LANDING_URI": str(folder / "landing")}
    environment = {**os.environ, **places, **variables}
    assert LAKE is not None
    return subprocess.run([LAKE, "doctor", *options], env=environment, capture_output=True, text=True, check=False)


def java_that_says(folder: Path, script: str) -> str:
    """A folder for the PATH whose only program is this java; Python itself is called by its whole name."""
    folder.mkdir()
    java = folder / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return str(folder)


def test_a_machine_that_is_well(tmp_path: Path) -> None:
    ended = command(tmp_path, "--json")
    assert ended.returncode == 0, ended.stdout
    found = {item["check"]: item for item in json.loads(ended.stdout)}
    assert {"java", "jars", "packages", "temporary folder", "port", "LAKE_URI", "LANDING_URI"} <= found.keys()
    assert all(item["ok"] for item in found.values())
    assert {*found["java"]} == {"check", "ok", "status", "message"}
    assert not [*tmp_path.iterdir()], "looking makes nothing"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'openjdk version \"11.0.2\" 2019-01-15' >&2", "is version 11; install Java 17"),
        ("echo 'java version \"1.8.0_292\"' >&2", "is version 8; install Java 17"),
        ("exit 127", "is version unknown; install Java 17"),
    ],
)
def test_a_java_that_is_old_or_broken(tmp_path: Path, script: str, words: str) -> None:
    ended = command(tmp_path, PATH=java_that_says(tmp_path / "bin", script))
    assert ended.returncode == 1
    assert f"fix  java: {tmp_path}/bin/java {words}" in ended.stdout


def test_no_java(tmp_path: Path) -> None:
    found = doctor(tmp_path, PATH=str(tmp_path))
    assert found["java"].message == "not found; install Java 17 or newer, or set JAVA_HOME to it"
    found = doctor(tmp_path, JAVA_HOME=str(tmp_path))
    assert "not found at" in found["java"].message


def test_a_port_in_use_is_a_warning() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        found = check_port(port)
        assert found.status == "warning"
        assert f"sport = :{port}" in found.message
    assert check_port(port).status == "ok"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 96 MiB that takes ten files."""
    with small_disk(tmp_path / "disk", f"size={96 << 20},nr_inodes=10") as place:
        yield place


def test_a_disk_that_is_small_full_or_takes_no_more_files(tmp_path: Path, disk: Path) -> None:
    lake = disk / "lake"
    found = doctor(tmp_path, LAKE_URI=str(lake))
    assert found["LAKE_URI"].status == "warning"
    assert found["LAKE_URI"].ok
    (disk / "filler").write_bytes(bytes(64 << 20))
    found = doctor(tmp_path, LAKE_URI=str(lake), TMPDIR=str(disk))
    assert "only 32 MiB free; make room or set LAKE_URI to another disk" in found["LAKE_URI"].message
    assert "set TMPDIR" in found["temporary folder"].message
    (disk / "filler").unlink()
    for number in range(9):
        (disk / str(number)).touch()
    found = doctor(tmp_path, LAKE_URI=str(lake))
    assert "takes no more files" in found["LAKE_URI"].message


def test_a_disk_that_cannot_be_written(tmp_path: Path, disk: Path) -> None:
    mount("-o", "remount,ro", str(disk))
    found = doctor(tmp_path, LAKE_URI=str(disk / "lake"))
    assert "no right to write" in found["LAKE_URI"].message


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "lake").touch()
    found = doctor(tmp_path)
    assert "no right to write in" in found["LAKE_URI"].message


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who may become another user")
def test_a_folder_of_another_user(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    folder.mkdir(mode=0o755)
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o555)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.setuid(65_534)
        found = check_place("LAKE_URI", folder)
        os.write(writer, f"{found.status} {found.message}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    os.waitpid(child, 0)
    assert text.startswith("failure")
    assert "no right to write in" in text


@pytest.fixture
def store_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, float]]:
    """A store whose clock is `ahead` seconds from ours; it refuses every request, as one without a login."""
    clock = {"ahead": 0.0}

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(403)
            self.send_header("Date", formatdate(time.time() + clock["ahead"], usegmt=True))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        yield clock
        server.shutdown()


def test_a_clock_that_is_not_the_store_s(store_clock: dict[str, float]) -> None:
    assert check_clock_of_store().status == "ok"
    store_clock["ahead"] = 120
    found = check_clock_of_store()
    assert found.status == "warning"
    assert "behind" in found.message
    assert "timedatectl" in found.message
    store_clock["ahead"] = -1000
    found = check_clock_of_store()
    assert found.status == "failure"
    assert "ahead of" in found.message


def test_a_store_that_cannot_be_reached(tmp_path: Path) -> None:
    # Nobody listens on the discard port.
    away = {"LAKE_URI": "s3a://bucket/lake", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    found = doctor(tmp_path, **away, AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing")  # noqa: S106
    assert "cannot reach bucket bucket at http://127.0.0.1:9" in found["LAKE_URI"].message
    assert "Check AWS_ENDPOINT_URL" in found["clock"].message


def test_jars_that_are_old_or_missing(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    shutil.copytree(REPOSITORY / ".build" / "jars", folder)
    assert check_jars({"local": folder}, IVY).status == "ok"
    (storage,) = folder.glob("delta-storage-*.jar")
    storage.rename(folder / "delta-storage-3.2.0.jar")
    found = check_jars({"local": folder}, IVY)
    assert found.status == "failure"
    assert f"delta-storage is 3.2.0 instead of {storage.stem.rpartition('-')[2]}" in found.message
    (folder / "delta-storage-3.2.0.jar").unlink()
    (folder / "lakehouse.jar").unlink()
    found = check_jars({"local": folder}, IVY)
    assert f"missing: {storage.name}, lakehouse.jar" in found.message
    assert "missing: hadoop-aws-" in check_jars({"s3": tmp_path / "none"}, IVY).message


def test_packages_that_are_not_those_of_the_lock(tmp_path: Path) -> None:
    text = (REPOSITORY / "requirements.lock").read_text()
    lock = tmp_path / "requirements.lock"

    def judged(name: str, version: str) -> Finding:
        line = next(line for line in text.splitlines() if line.startswith(f"{name}=="))
        lock.write_text(text.replace(line, f"{name}=={version} \\"))
        return check_packages(lock)

    found = judged("boto3", "1.0.0")
    assert found.status == "failure"
    assert "instead of 1.0.0. Make the environment anew" in found.message
    assert judged("pytest", "1.0.0").status == "warning", "what only development needs decides no figure"
    lock.write_text(text + "a-package-that-nobody-made==1.0 \\\n")
    assert "a-package-that-nobody-made is missing instead of 1.0" in check_packages(lock).message


@pytest.mark.parametrize(("form", "status"), [(FORMAT + 1, "failure"), (FORMAT, "ok"), (FORMAT - 1, "warning")])
def test_a_lake_of_another_form(tmp_path: Path, form: int, status: str) -> None:
    log = tmp_path / "lake" / "bronze" / "deliveries" / "_delta_log"
    log.mkdir(parents=True)
    action = {"metaData": {"configuration": {"lake.format": str(form)}}}
    (log / f"{0:020}.json").write_text('{"protocol":{}}\n' + json.dumps(action, separators=(",", ":")) + "\n")
    (log / f"{1:020}.json").write_text('{"commitInfo":{}}\n')
    found = doctor(tmp_path)
    assert found["form"].status == status


@pytest.mark.parametrize(
    ("variables", "check", "words"),
    [
        ({"LAKE_URI": "hdfs://host/lake"}, "LAKE_URI", "give a path, file://... or s3a://bucket/prefix"),
        ({"LAKE_RETENTION_DAYS": "7"}, "LAKE_RETENTION_DAYS", "from 90"),
        ({"SPARK_MASTER": "localhost:7077"}, "SPARK_MASTER", "give local[*]"),
        ({"SPARK_DRIVER_MEMORY": "lots"}, "SPARK_DRIVER_MEMORY", "such as 4g"),
        ({"SPARK_DRIVER_MEMORY": "9t"}, "SPARK_DRIVER_MEMORY", "more than the"),
        ({"LAKE_URI": "/tmp/one", "LANDING_URI": "/tmp/one/landing"}, "places", "lie in each other"),  # noqa: S108
        ({"LANDING_URI": "s3://b/x", "AWS_ENDPOINT_URL": "127.0.0.1:9"}, "AWS login", "http://host:port"),
        ({"LANDING_URI": "s3://b/x", "AWS_ACCESS_KEY_ID": "half"}, "AWS login", "AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_settings_that_are_wrong_or_contradict(
    tmp_path: Path, variables: dict[str, str], check: str, words: str
) -> None:
    store = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    found = doctor(tmp_path, **{**store, **variables})
    assert found[check].status == "failure"
    assert words in found[check].message


def test_workers_elsewhere_and_a_lake_on_this_machine_are_a_warning(tmp_path: Path) -> None:
    found = doctor(tmp_path, SPARK_MASTER="spark://host:7077")
    assert found["SPARK_MASTER"].status == "warning"
    assert found["SPARK_MASTER"].ok
