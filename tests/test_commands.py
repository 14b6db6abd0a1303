"""The commands as users call them: their output, their exit codes, their errors."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lake.settings import REPOSITORY


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A lake and a landing area in a folder whose name has a space, quotes and what readers take for patterns."""
    home = tmp_path / "it's a `lake` [a-c]{1,2}*?\\"
    return {**os.environ, "LAKE_URI": str(home / "lake"), "LANDING_URI": str(home / "landing")}


def call(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """What a script of the project prints and returns."""
    command = [str(REPOSITORY / "scripts" / words[0]), *words[1:]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)


def account(text: str) -> list[str]:
    """The account of the run in a text, without the run's identity."""
    start, end = text.index("loaded example.csv"), text.index("balanced: every row")
    lines = [line.rstrip() for line in text[start:end].splitlines()]
    return [line for line in lines if not line.startswith("run ")]


def counting(folder: Path, *programs: str) -> dict[str, str]:
    """A PATH by which each call of a program leaves a line in `started`, in the folder."""
    folder.mkdir()
    for name in programs:
        shim = folder / name
        shim.write_text(f'#!/bin/sh\necho {name} >> "{folder / "started"}"\nexec "{shutil.which(name)}" "$@"\n')
        shim.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_the_main_job_from_nothing_and_every_door_to_its_tables(environment: dict[str, str], tmp_path: Path) -> None:
    ran = call(environment | counting(tmp_path / "programs", "chmod", "readlink"), "run")
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "programs" / "started").exists(), "Hadoop starts no program for a file"
    assert "balanced: every row and gram is accounted for" in ran.stdout
    assert account(ran.stdout) == account((REPOSITORY / "README.md").read_text()), "the README shows what is printed"
    assert "Traceback" not in ran.stderr
    assert "WARN" not in ran.stderr

    queries = [
        "select count(*) as n from bronze.emissions",
        "select domain, total_gco2e from gold.top_10_domains",
        "select count(*) as n from audit.publications",
    ]
    asked = call(environment, "lake", "sql", "--json", *queries)
    counted, top, publications = json.loads(asked.stdout)
    assert (counted, publications) == ([{"n": 1000}], [{"n": 1}])
    assert len(top) == 10
    assert isinstance(top[0]["total_gco2e"], str)

    shell = call(environment, "spark-sql", "-e", "select count(*) from silver.record_contributions")
    silver = json.loads(call(environment, "lake", "runs", "--json").stdout)[0]["counts"]["silver_rows"]
    assert shell.stdout.strip() == str(silver)

    built = call(environment, "dbt", "build", "--select", "top_10_domains")
    assert built.returncode == 0, built.stdout
    wrong = call(environment, "lake", "sql", "selec 1")
    assert wrong.returncode == 2
    assert len(wrong.stderr.strip().splitlines()) == 1


def test_a_second_writer_ends_at_once_with_3(environment: dict[str, str]) -> None:
    lake = Path(environment["LAKE_URI"])
    lake.mkdir(parents=True)
    with (lake / "_lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for words in (
            ("lake", "run"),
            ("lake", "withdraw", "a.csv"),
            ("lake", "maintain"),
            ("lake", "publish", "a-run"),
            ("lake", "sql", "delete from silver.emissions"),
            ("dbt", "build"),
        ):
            ended = call(environment, *words)
            assert ended.returncode == 3, words
            assert "another run holds the lake" in ended.stderr


def test_a_setting_that_is_not_known_is_refused_whether_it_counts_now_or_not(environment: dict[str, str]) -> None:
    """No endpoint serves this lake, so nothing would give way."""
    ended = call({**environment, "LAKE_GIVES_WAY": "auto"}, "lake", "run")
    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1), ended.stderr
    assert "LAKE_GIVES_WAY=auto: give off, some or on" in ended.stderr


def test_wrong_usage_ends_with_2_and_one_readable_message(environment: dict[str, str], tmp_path: Path) -> None:
    twin = tmp_path / "other" / "a.csv"
    twin.parent.mkdir()
    first = tmp_path / "a.csv"
    for file in (first, twin):
        file.write_text("date\n")
    landing = Path(environment["LANDING_URI"])
    for words in (
        ("land", str(first), str(twin)),
        ("land", "missing.csv"),
        ("land", str(first), "--as", "../escape.csv"),
        ("land", str(first), "--as", "_hidden.csv"),
        ("run", "--no-such-option"),
        ("build", "--layer", "gold", "--requalify"),
        ("generate", "--issue-rate", "2", str(first)),
    ):
        ended = call(environment, "lake", *words)
        assert ended.returncode == 2, words
        assert "Traceback" not in ended.stderr
    assert not list(landing.glob("**/*")) if landing.exists() else True
    assert (
        call(environment, "lake", "land", str(first), "--as", "x/b.csv", "--json").stdout == '[{"path": "x/b.csv"}]\n'
    )
    assert (landing / "x" / "b.csv").read_text() == "date\n"


def test_doctor_names_what_must_be_fixed(environment: dict[str, str], tmp_path: Path) -> None:
    well = call(environment, "lake", "doctor", "--json")
    assert well.returncode == 0, well.stdout
    # Nobody listens on the discard port.
    away = {"LANDING_URI": "s3://bucket/landing", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    login = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
    broken = {**environment, **away, **login, "JAVA_HOME": str(tmp_path), "LAKE_URI": "hdfs://host/lake"}
    lake = shutil.which("lake", path=str(REPOSITORY / ".venv" / "bin"))
    assert lake is not None
    ill = subprocess.run([lake, "doctor", "--json"], env=broken, capture_output=True, text=True, check=False)
    findings = {item["check"]: item for item in json.loads(ill.stdout)}
    assert ill.returncode == 1
    assert not findings["java"]["ok"]
    assert "give a path, file://... or s3a://bucket/prefix" in findings["LAKE_URI"]["message"]
    assert not findings["LANDING_URI"]["ok"]
    assert "cannot reach" in findings["LANDING_URI"]["message"]


def test_missing_java_gets_one_clear_line(environment: dict[str, str], tmp_path: Path) -> None:
    ended = call({**environment, "JAVA_HOME": str(tmp_path)}, "lake", "runs")
    assert ended.returncode == 1
    assert "Java 17 or newer is missing" in ended.stderr
