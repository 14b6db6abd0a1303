"""A delivery in the landing bucket becomes figures for a BI user, whatever part of the stack dies meanwhile.

The tests go on from each other in their order; each that delivers adds one record of 0.1 g to what the example gives.
"""

import re
import subprocess
from decimal import Decimal

import pytest

from lake.minio_server import VERSION
from lake.settings import REPOSITORY
from tests.conftest import delivery
from tests.stack.conftest import Stack

EXAMPLE_GRAMS = Decimal("449.6722359100")
PUBLISHED = "select sum(total_gco2e), sum(record_count) from daily_emissions"
EXAMPLE_RECORDS = 1328
EXAMPLE = "example.csv"
pytestmark = pytest.mark.timeout(3600)


def land_one_more(stack: Stack, name: str) -> None:
    """A delivery of one record of 0.1 g."""
    record = f"2025-07-01,{name}.example,video,DE,300x600,mobile,0.1,0,0,0.1,measured"
    stack.land(f"{name}.csv", delivery(record))


def assert_shown(stack: Stack) -> None:
    """Readers see each delivery once, and no other."""
    more = len(set(stack.landed) - {EXAMPLE})
    shown = stack.rows(PUBLISHED)
    assert shown == [(EXAMPLE_GRAMS + more * Decimal("0.1"), EXAMPLE_RECORDS + more)]


def test_the_image_has_the_minio_of_the_repository() -> None:
    """No Docker is needed for this one."""
    stated = re.search(r"^ARG MINIO_VERSION=(\S+)$", (REPOSITORY / "docker/Dockerfile").read_text(), re.MULTILINE)
    assert stated is not None
    assert stated[1] == VERSION


def test_no_secret_is_in_git_or_in_an_environment(stack: Stack) -> None:
    kept = [file.read_text().strip() for file in (REPOSITORY / ".secrets").iterdir()]
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", ".secrets"]
    tracked = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert tracked == ""
    seen = stack.compose("config")
    for service in ("minio", "postgres", "bi", "airflow-api-server", "airflow-scheduler", "spark-worker"):
        # Of the process that the container was started with, as whoever may inspect it sees it.
        seen += stack.call("docker", "inspect", stack.compose("ps", "-q", service).strip())
    assert [number for number, text in enumerate(kept) if len(text) > 5 and text in seen] == []
    users = [
        stack.compose("exec", "-T", service, "id", "-u").strip()
        for service in ("minio", "postgres", "bi", "airflow-scheduler")
    ]
    assert "0" not in users


def test_java_takes_the_archive_of_classes_of_the_image(stack: Stack) -> None:
    """It passes over one that was made where the folders of jars list in another order; each command starts later then."""
    jars = "$PWD/$(echo .venv/lib/python3*/site-packages/pyspark/jars)/*:$PWD/.build/jars/*:$PWD/.build/s3-jars/*"
    java = f'java -Xshare:on -XX:SharedArchiveFile=.build/classes.jsa -cp "{jars}" -version'
    for service in ("bi", "airflow-scheduler"):
        stack.compose("exec", "-T", service, "bash", "-c", f"cd /opt/lakehouse && {java}")


def test_a_delivery_in_the_bucket_becomes_figures_for_bi(stack: Stack) -> None:
    stack.land(EXAMPLE, (REPOSITORY / "examples" / EXAMPLE).read_bytes())
    assert stack.ended(stack.trigger()) == "success"
    assert_shown(stack)


@pytest.mark.parametrize("service", ["spark-worker", "minio", "postgres"])
def test_a_part_that_dies_during_a_run_is_recovered_from(stack: Stack, service: str) -> None:
    land_one_more(stack, service)
    run_id = stack.trigger()
    stack.wait_until(run_id, "clean_data", "running")
    stack.compose("kill", "--signal", "KILL", service)
    stack.compose("up", "--detach", "--no-recreate", "--wait", service)
    if stack.ended(run_id) == "failed":
        stack.clear_failed(run_id)
        assert stack.ended(run_id) == "success"
    assert_shown(stack)


def test_after_a_restart_all_is_there_still(stack: Stack) -> None:
    stack.call("scripts/down")
    stack.call("scripts/up")
    assert_shown(stack)
    # Nothing new: a run changes nothing.
    assert stack.ended(stack.trigger()) == "success"
    assert_shown(stack)
