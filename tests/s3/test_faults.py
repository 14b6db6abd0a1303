"""Random harm between the lake and its store: every run succeeds or says why, and the next one heals."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from tests.disks import small_disk


@pytest.mark.timeout(0)  # hundreds take hours
def test_histories_under_faults_equal_the_reference(on_s3: Mapping[str, str], request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--faults")
    if not wanted:
        pytest.skip("takes minutes: --faults 200 runs it")
    assert replayed(on_s3, "tests.s3.faulted", wanted, wanted)["faults"] >= wanted


@pytest.mark.long
@pytest.mark.timeout(0)  # nine runs, their healing and their comparisons
def test_a_store_that_dies_or_is_full_in_the_midst_of_runs(on_s3: Mapping[str, str], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=512m") as disk:
        assert replayed(on_s3, "tests.s3.outages", 9, 1, disk)["outages"] == 9


def replayed(environment: Mapping[str, str], module: str, *arguments: object) -> dict[str, int]:
    """The counts that a replay prints when it has found no difference."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=REPOSITORY,
        env={**environment, "LAKE_LEASE_SECONDS": "10"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0
    counts: dict[str, int] = json.loads(done.stdout)
    return counts
