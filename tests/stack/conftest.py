"""The stack that scripts/up starts, on ports and secrets of its own project, and its doors: store, Airflow, BI."""

import json
import os
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import thrift_sasl
from pyhive import hive
from pyhive.hive import get_pure_sasl_client
from thrift.transport import TSSLSocket

from lake.minio_server import Login
from lake.settings import REPOSITORY

PROJECT = "emissions-lakehouse-test"
DAG = "emissions_pipeline_dag"
SECRETS = REPOSITORY / ".secrets"
SECONDS_FOR_A_RUN = 900


def secret(name: str) -> str:
    return (SECRETS / name).read_text(encoding="utf-8").strip()


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nothing listens."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@dataclass(frozen=True)
class Stack:
    """A running stack, by the ports of this machine that lead to it."""

    store: int
    airflow: int
    bi: int
    spark: int
    folder: Path
    landed: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the stack, as .env would hold them."""
        own = {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "STORE_PORT": str(self.store),
            "AIRFLOW_PORT": str(self.airflow),
            "BI_PORT": str(self.bi),
            "SPARK_PORT": str(self.spark),
            "LAKE_RETRY_SECONDS": "10",
        }
        return {**os.environ, **own}

    def call(self, *command: str) -> str:
        """What a command of the stack's prints; fails where the command does."""
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        return done.stdout

    def compose(self, *arguments: str) -> str:
        """What a compose command prints."""
        return self.call("docker", "compose", *arguments)

    def land(self, path: str, content: bytes) -> None:
        """A delivery into the landing bucket, as a source's own program puts it there."""
        store = Login("pipeline", secret("pipeline_password")).client(f"http://127.0.0.1:{self.store}")
        store.put_object(Bucket="landing", Key=path, Body=content)
        self.landed.append(path)

    def api(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
        """The answer of Airflow's API."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = json.dumps(body).encode() if body is not None else None
        url = f"http://127.0.0.1:{self.airflow}{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return json.loads(answer.read() or b"null")

    def asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer of Airflow's API to its admin, waited for while parts of it are away."""
        login = {"username": "admin", "password": secret("airflow_admin_password")}
        deadline = time.monotonic() + 240
        while True:
            try:
                token = self.api("POST", "/auth/token", login)["access_token"]
                return self.api(method, path, body, token)
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > deadline:
                    said = error.read().decode() if isinstance(error, urllib.error.HTTPError) else str(error)
                    pytest.fail(f"Airflow does not answer {method} {path}: {said}")
                time.sleep(3)

    def trigger(self, **conf: Any) -> str:
        """Start a run of the DAG; gives its id."""
        made = self.asked("POST", f"/api/v2/dags/{DAG}/dagRuns", {"logical_date": None, "conf": conf})
        return str(made["dag_run_id"])

    def tasks(self, run_id: str) -> dict[str, str | None]:
        """The state of each task of a run."""
        found = self.asked("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}/taskInstances")
        return {task["task_id"]: task["state"] for task in found["task_instances"]}

    def wait_until(self, run_id: str, task: str, *states: str) -> None:
        """Wait until a task of a run is in one of these states."""
        deadline = time.monotonic() + SECONDS_FOR_A_RUN
        while (state := self.tasks(run_id)[task]) not in states:
            assert time.monotonic() < deadline, f"{task} of {run_id} is {state} still"
            time.sleep(1)

    def ended(self, run_id: str) -> str:
        """How a run has ended, waited for."""
        deadline = time.monotonic() + SECONDS_FOR_A_RUN
        while time.monotonic() < deadline:
            state = str(self.asked("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}")["state"])
            if state == "failed":
                print(self.failures(run_id))
            if state in ("success", "failed"):
                return state
            time.sleep(3)
        pytest.fail(f"{run_id} does not end: {self.tasks(run_id)}")

    def failures(self, run_id: str) -> str:
        """The ends of the logs of the tasks of a run that failed."""
        failed = [task for task, state in self.tasks(run_id).items() if state == "failed"]
        folder = f"/var/lib/airflow/logs/dag_id={DAG}/run_id={run_id}"
        return "\n".join(
            f"{task}:\n"
            + self.compose("exec", "-T", "airflow-scheduler", "sh", "-c", f"tail -n 15 '{folder}/task_id={task}'/*")
            for task in failed
        )

    def clear_failed(self, run_id: str) -> None:
        """Let what failed of a run be done again, and what comes after it."""
        body = {"dry_run": False, "only_failed": True}
        self.asked("POST", f"/api/v2/dags/{DAG}/dagRuns/{run_id}/clear", body)

    def rows(self, query: str, password: str = "") -> list[tuple[Any, ...]]:
        """What a BI user is answered, over TLS with the stack's own certificate."""
        password = password or secret("bi_password")
        certificate = self.folder / "bi.pem"
        certificate.write_text(self.compose("exec", "-T", "bi", "cat", "/bi/certificate.pem"), encoding="utf-8")

        def client() -> Any:
            return get_pure_sasl_client("127.0.0.1", "PLAIN", username="bi", password=password)

        wire = TSSLSocket.TSSLSocket("127.0.0.1", self.bi, ssl_context=ssl.create_default_context(cafile=certificate))
        with (
            hive.connect(thrift_transport=thrift_sasl.TSaslClientTransport(client, "PLAIN", wire)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(query)
            return list(cursor.fetchall())


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack, built and started by scripts/up; taken down with its data at the end."""
    if not request.config.getoption("--stack"):
        pytest.skip("needs Docker and many minutes: scripts/test-stack runs it")
    store, airflow, bi, spark = free_ports(4)
    made = Stack(store, airflow, bi, spark, tmp_path_factory.mktemp("stack"))
    try:
        made.call("scripts/up")
        yield made
    finally:
        if os.environ.get("KEEP_STACK") != "1":
            made.call("scripts/down", "--volumes", "--remove-orphans")
