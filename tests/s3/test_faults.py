"""Random harm between the lake and its store: every run succeeds or says why, and the next one heals."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

from lake.settings import REPOSITORY


def test_histories_under_faults_equal_the_reference(on_s3: Mapping[str, str], request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--faults")
    if not wanted:
        pytest.skip("takes minutes: --faults 200 runs it")
    command = [sys.executable, "-m", "tests.s3.faulted", str(wanted), str(wanted)]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**on_s3, "LAKE_LEASE_SECONDS": "10"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0
    assert json.loads(done.stdout)["faults"] >= wanted
