"""The DAG on a real lake: gold equals the golden numbers, a busy lake is tried again, a failure is told of."""

import fcntl
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from lake.settings import REPOSITORY
from tests.airflow.conftest import DAG, Airflow
from tests.test_example import FATES, GOLD_ROWS

DAY = "2026-01-01"
TASKS = ["generate_data", "land_files", "ingest_to_minio", "clean_data", "process_business_logic", "publish", "report"]
BUSY = "another run holds the lake"


@pytest.fixture(scope="module")
def notices() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook that keeps what it is told: its address, and the notices."""
    kept: list[dict[str, Any]] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: pytest shows what is needed."""

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/notice", kept
    server.shutdown()


@pytest.fixture(scope="module")
def ran(airflow: Airflow) -> str:
    """What a whole run of the DAG said, at whose beginning somebody else held the lake."""
    (airflow.folder / "lake").mkdir()
    command = [
        str(REPOSITORY / "scripts" / "airflow"),
        "dags",
        "test",
        DAG,
        DAY,
        "--conf",
        '{"files": ["example.csv"]}',
    ]
    said = []
    with (airflow.folder / "lake" / "_lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen(
            command, env=airflow.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for line in process.stdout or ():
                said.append(line)
                if BUSY in line:
                    fcntl.flock(lock, fcntl.LOCK_UN)
    return "".join(said)


def test_the_dag_is_what_its_page_says(airflow: Airflow) -> None:
    said = airflow.python(Path(__file__).with_name("in_airflow.py"))
    assert said["dag_id"] == DAG
    assert said["tasks"] == TASKS
    assert (said["max_active_runs"], said["catchup"]) == (1, False)
    assert all(said["backs_off"])
    assert all(0 < seconds < 86_400 for seconds in said["timeouts"])
    assert all(f"`{task}`" in said["documented"] for task in TASKS)
    assert said["defaults"] == {"files": [], "full_refresh": False, "generate": False}
    kind, cause, is_final = said["outside"]
    assert (kind, is_final) == ("AirflowFailException", "True")
    assert "outside the inbox" in cause
    assert said["no_files"][0] == "AirflowSkipException"
    assert said["wrong_use"][::2] == ["AirflowFailException", "True"]
    assert said["ended_by_signal"] == "stopped"
    # What Airflow knows is not the lake's to know.
    assert "LAKE_URI" in said["passed_on"]
    assert not [name for name in said["passed_on"] if name.startswith("AIRFLOW")]


def test_a_run_of_the_dag_gives_gold_and_shows_it(airflow: Airflow, ran: str) -> None:
    assert "new_state=up_for_retry" in ran, ran[-4000:]
    counts = ", ".join(f"(select count(*) from gold.{table}) as {table}" for table in GOLD_ROWS)
    account, gold, shown, runs = airflow.lake(
        "sql",
        f"select {', '.join(FATES)} from audit.conservation",
        f"select {counts}",
        "select sum(total_gco2e) as total_gco2e from published.daily_emissions",
        "select run_id, status, steps, deliveries from audit.runs",
    )
    assert account == [FATES], ran[-4000:]
    assert gold == [GOLD_ROWS]
    assert shown == [{"total_gco2e": "449.6722359100"}]
    assert [(run["status"], run["steps"], run["deliveries"]) for run in runs] == [("succeeded", "build", [1])]
    # The identity of the run is Airflow's.
    assert f"lake publish --forward {runs[0]['run_id']}" in ran
    assert (airflow.folder / "lake" / "_reports" / "report.html").exists()


def test_a_failure_is_not_tried_again_and_says_its_cause(
    airflow: Airflow, notices: tuple[str, list[dict[str, Any]]]
) -> None:
    address, kept = notices
    said = airflow.test("2026-01-02", {"files": ["missing.csv"]}, LAKE_FAILURE_WEBHOOK=address)
    assert "new_state=up_for_retry" not in said
    (notice,) = kept
    assert (notice["dag_id"], notice["task_id"], notice["try_number"]) == (DAG, "land_files", 1)
    assert "missing.csv" in notice["cause"]
    assert "\n" not in notice["cause"]
    told = [line for line in said.splitlines() if "failed: " in line and "failure_notice" in line]
    assert notice["cause"] in told[-1]


@pytest.mark.long
def test_a_task_that_runs_again_changes_nothing(airflow: Airflow, ran: str) -> None:
    del ran
    first = airflow.lake("sql", "select run_id from audit.runs")[0]["run_id"]
    before = _content(airflow)
    for task in TASKS[1:]:
        again = airflow("tasks", "test", DAG, task, first)
        assert again.returncode == 0, again.stdout + again.stderr
        assert _content(airflow) == before, task
    runs = airflow.lake("sql", "select run_id, steps from audit.runs order by run_id")
    assert runs == [{"run_id": first, "steps": "build"}, {"run_id": f"{first}.2", "steps": "build"}]

    # A later run with news: what the earlier one's tasks do again does not roll readers back.
    later = airflow.test("2026-01-03", {"generate": True, "rows": 300, "full_refresh": True})
    after = _content(airflow)
    assert after["shown"] != before["shown"], later[-4000:]
    for task in TASKS[2:]:
        again = airflow("tasks", "test", DAG, task, first)
        assert again.returncode == 0, again.stdout + again.stderr
    assert _content(airflow) == after


def _content(airflow: Airflow) -> dict[str, Any]:
    """Which deliveries are current, what silver and gold hold, and at which versions, and what readers see."""
    deliveries, silver, gold, shown, publications = airflow.lake(
        "sql",
        "select delivery_id, path, status from bronze.deliveries order by delivery_id",
        "select count(*) as n, sum(total_gco2e) as grams, max(record_key) as last from silver.emissions",
        "select * from gold.daily_by_country_device order by all",
        "select * from published.daily_by_country_device order by all",
        "select max(publication) as last from audit.publications",
    )
    return {"deliveries": deliveries, "silver": silver, "gold": gold, "shown": shown, "last": publications}
