"""Airflow in its own environment, a lake and a database of its own: real commands, nothing in the test's process."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lake.settings import REPOSITORY

DAG = "emissions_pipeline_dag"
PYTHON = REPOSITORY / ".build" / "airflow-venv" / "bin" / "python"


@dataclass(frozen=True)
class Airflow:
    """An Airflow with its own database, on a lake of its own."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process that uses it."""
        own = {
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
            "LAKE_URI": str(self.folder / "lake"),
            "LANDING_URI": str(self.folder / "landing"),
            "LAKE_RETRY_SECONDS": "1",
        }
        return {**os.environ, **own}

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """One call of `airflow`."""
        return _called(REPOSITORY / "scripts" / "airflow", *arguments, environment={**self.environment, **variables})

    def test(self, day: str, conf: dict[str, Any] | None = None, **variables: str) -> str:
        """A whole run of the DAG in one process; gives what it printed, with every task's log in it."""
        done = self("dags", "test", DAG, day, "--conf", json.dumps(conf or {}), **variables)
        return done.stdout + done.stderr

    def python(self, program: Path, **variables: str) -> Any:
        """What a program in Airflow's environment, where the DAG's modules can be imported, prints as JSON."""
        environment = {**self.environment, "PYTHONPATH": str(REPOSITORY / "airflow" / "dags"), **variables}
        done = _called(PYTHON, str(program), environment=environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def lake(self, *arguments: str) -> Any:
        """The JSON that a `lake` command on the same lake answers."""
        done = _called(REPOSITORY / "scripts" / "lake", *arguments, "--json", environment=self.environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def _called(program: Path, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *arguments], env=environment, capture_output=True, text=True, timeout=800, check=False
    )


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Airflow, made where it is not there yet (minutes); skipped where its packages cannot be had."""
    made = Airflow(tmp_path_factory.mktemp("orchestrated"))
    said = made("version")
    if said.returncode:
        pytest.skip(f"Airflow's environment cannot be made here: {(said.stderr.splitlines() or ['?'])[-1]}")
    return made
