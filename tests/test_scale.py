"""`SPARK_MASTER=spark://...`: the same commands on a cluster of one's own, here a master and two workers on loopback."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lake.settings import REPOSITORY
from tests.conftest import TestLake, delivery
from tests.histories.comparing import assert_equal_to_reference
from tests.reference.history import ReferenceLake

WORKERS = 2
SECONDS_TO_COME_UP = 120
FIRST = delivery(
    "2025-07-01,a.example,video,DE,1x1,pc,0.1,0.2,0.3,0.6,measured",
    "2025-07-02,a.example,audio,FR,1x1,phone,0.2,0.2,0.3,0.7,modeled",
    "2025-07-02,b.example,radio,FR,1x1,phone,0.2,0.2,0.3,0.7,modeled",
)
CORRECTED = delivery(
    "2025-07-01,a.example,video,DE,1x1,pc,0.4,0.2,0.3,0.9,measured",
    "2025-07-03,c.example,native,GB,1x1,tablet,0.2,0.2,0.3,0.7,modeled",
)


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def daemon(folder: Path, name: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A master or a worker, stopped by its process id; what it says goes to a file of its name."""
    deploy = f"org.apache.spark.deploy.{name}.{name.title()}"
    without = {"SPARK_HOME", "SPARK_CONF_DIR", "LAKE_LOG", "PYSPARK_GATEWAY_PORT", "PYSPARK_SUBMIT_ARGS"}
    variables = {key: value for key, value in os.environ.items() if key not in without}
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [REPOSITORY / "scripts" / "spark-class", deploy, "--host", "127.0.0.1", *words],
            cwd=folder,
            env=variables,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def state_of(web_port: int) -> dict[str, Any]:
    """What the master says of itself; nothing while it comes up."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{web_port}/json/", timeout=5) as answer:
            state: dict[str, Any] = json.load(answer)
    except (OSError, json.JSONDecodeError):  # a master that comes up answers with its start page first
        return {}
    return state


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The address of a master with two workers of a core each, and the port on which it tells about itself."""
    port, web_port = free_port(), free_port()
    master = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        started = [
            stack.enter_context(daemon(tmp_path, "master", "--port", str(port), "--webui-port", str(web_port))),
            *(
                stack.enter_context(
                    daemon(
                        tmp_path,
                        "worker",
                        *("--cores", "1", "--memory", "1g", "--webui-port", "0"),
                        *("--work-dir", str(tmp_path / f"worker-{number}"), master),
                    )
                )
                for number in range(WORKERS)
            ),
        ]
        end = time.monotonic() + SECONDS_TO_COME_UP
        while state_of(web_port).get("aliveworkers", 0) < WORKERS:
            logs = [(tmp_path / f"{name}.log").read_text() for name in ("master", "worker")]
            assert all(process.poll() is None for process in started), logs
            assert time.monotonic() < end, logs
            time.sleep(0.2)
        yield master, web_port


@pytest.mark.long
def test_a_run_on_a_cluster_equals_the_reference(cluster: tuple[str, int], tmp_path: Path) -> None:
    """The lake began on one machine; an increment on the cluster goes on with it."""
    master, web_port = cluster
    reference = ReferenceLake()
    lake = TestLake(tmp_path / "begun")
    lake.put("a.csv", FIRST)
    reference.put("a.csv", FIRST)
    lake.run()
    reference.ingest(datetime.now(UTC).date())
    # A session that forgets tables which it has made deletes them.
    home = tmp_path / "home"
    shutil.copytree(tmp_path / "begun", home, ignore=shutil.ignore_patterns("_logs"))
    lake.close()

    lake = TestLake(home, register=False)
    lake.put("a.csv", CORRECTED)
    reference.put("a.csv", CORRECTED)
    variables = {
        **os.environ,
        "LAKE_URI": lake.settings.lake_uri,
        "LANDING_URI": lake.settings.landing_uri,
        "SPARK_MASTER": master,
    }
    command = [str(REPOSITORY / "scripts" / "lake"), "run"]
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr
    reference.ingest(datetime.now(UTC).date())

    # The run was an application of the cluster's, with an executor on either worker.
    state = state_of(web_port)
    assert len(state["completedapps"]) + len(state["activeapps"]) == 1
    assert all(list((tmp_path / f"worker-{number}").glob("app-*/*/stderr")) for number in range(WORKERS))

    seen = TestLake(home)
    assert_equal_to_reference(seen, reference)
    seen.close()
