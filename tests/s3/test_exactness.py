"""The tests of exactness once more, with their lakes on a MinIO: in a process of their own, whose Java knows the store."""

import subprocess
import sys

import pytest

from lake.settings import REPOSITORY
from tests.s3.conftest import Store


def run_on_s3(*words: str) -> None:
    """Run tests with `--on-s3`; what they say is shown where they fail."""
    command = [sys.executable, "-m", "pytest", "--on-s3", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    assert " passed" in done.stdout, "skipped all of it"


def test_random_histories_on_s3_equal_the_reference(store: Store) -> None:
    run_on_s3("tests/test_histories.py::test_every_history_equals_the_reference_after_every_run", "--histories", "1")


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "words",
    [
        ("tests/crashes/test_kills.py", "--kills", "3"),
        ("tests/bad_input/test_catalogue.py",),
        ("tests/trust/test_random_histories.py", "--whole"),
    ],
    ids=["kills", "bad input", "looked back on"],
)
def test_exactness_on_s3(store: Store, words: tuple[str, ...]) -> None:
    run_on_s3(*words)
