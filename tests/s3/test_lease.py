"""One writer at a time on S3: who waits, who takes over, and that a former owner commits nothing more."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest

from lake import lease, s3
from lake.doctor import examine
from lake.errors import LakeBusyError, LakeError
from lake.lock import writing
from lake.settings import REPOSITORY, Settings
from lake.storage import S3Path
from tests.s3.conftest import Store
from tests.s3.process import Child, ChildError
from tests.s3.proxy import Harm, Proxy, Request

LAKE = REPOSITORY / ".venv" / "bin" / "lake"


@pytest.fixture
def place(on_s3: Mapping[str, str]) -> S3Path:
    """An empty lake."""
    return S3Path.of(on_s3["LAKE_URI"])


def said(place: S3Path) -> dict[str, object]:
    """What the lease says."""
    owner: dict[str, object] = json.loads((place / lease.LEASE).read_bytes())
    return owner


def test_a_second_writer_ends_with_3_and_names_the_first(place: S3Path, on_s3: Mapping[str, str]) -> None:
    with writing(place, "lake run"):
        second = subprocess.run([LAKE, "run"], env=on_s3, capture_output=True, text=True, check=False)
        assert second.returncode == 3, second.stderr
        assert f"another run holds the lake at {place} (lake run, process {os.getpid()} on" in second.stderr
        assert second.stderr.count("\n") == 1
    assert said(place)["state"] == lease.RELEASED
    with writing(place, "lake run"):
        assert said(place)["epoch"] == 2


def test_waiting_ends_when_the_lake_is_free(place: S3Path) -> None:
    with writing(place, "first"):
        waiting = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"from lake.lock import writing\nfrom lake.storage import S3Path\n"
                f"with writing(S3Path.of('{place}'), 'second', wait=True): print('had it')",
            ],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(4)
        assert said(place)["purpose"] == "first"
    assert waiting.communicate(timeout=60)[0] == "had it\n"


def test_what_went_wrong_inside_leaves_a_lease_that_asks_for_a_fence(place: S3Path) -> None:
    with pytest.raises(ValueError, match="inside"), writing(place, "first"):
        raise ValueError("inside")
    assert said(place)["state"] == lease.BROKEN_OFF
    with writing(place, "second"):
        assert lease._held is not None
        assert lease._held.must_fence


def test_a_killed_owner_of_this_machine_is_followed_at_once(place: S3Path) -> None:
    code = (
        "import os, signal\nfrom lake.lock import writing\nfrom lake.storage import S3Path\n"
        f"with writing(S3Path.of('{place}'), 'doomed'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == -signal.SIGKILL
    assert said(place)["state"] == lease.HELD
    with writing(place, "next"):
        assert said(place)["purpose"] == "next"


def test_a_silent_owner_of_another_machine_is_followed_when_its_time_is_up(place: S3Path) -> None:
    owner = {"state": lease.HELD, "seconds": 2, "process": "another boot", "pid": 1, "token": "t", "epoch": 7}
    s3.call("put_object", Bucket=place.bucket, Key=(place / lease.LEASE).key, Body=json.dumps(owner).encode())
    with pytest.raises(LakeBusyError), writing(place, "hasty"):
        pass
    with writing(place, "patient", wait=True):
        assert said(place)["epoch"] == 8
        assert lease._held is not None
        assert lease._held.must_fence


@pytest.fixture
def careless(store: Store, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, on_s3: Mapping[str, str]) -> Iterator[None]:
    """The store behind a proxy that says yes to a write whose condition does not hold."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    s3.client.cache_clear()

    def yes(request: Request, status: int) -> int:
        return 200 if request.method == "PUT" and status == 412 else status

    proxy.after = yes
    yield
    proxy.harmless()


@pytest.mark.usefixtures("careless")
def test_a_store_that_ignores_conditions_is_refused_for_writing(place: S3Path) -> None:
    with pytest.raises(LakeError, match="ignores If-None-Match or If-Match"), writing(place, "lake run"):
        pass
    found = {item.check: item for item in examine(Settings())}
    assert not found["LAKE_URI"].ok
    assert "ignores If-None-Match" in found["LAKE_URI"].message


def test_doctor_is_content_with_a_good_store(on_s3: Mapping[str, str]) -> None:
    found = {item.check: item for item in examine(Settings())}
    assert found["LAKE_URI"].ok, found["LAKE_URI"].message
    assert found["LANDING_URI"].ok


def test_an_owner_that_stood_still_commits_nothing_more(
    pair: tuple[Child, Child], proxy: Proxy, on_s3: Mapping[str, str], store: Store
) -> None:
    """Stopped between two statements, and with a commit under way."""
    shared = S3Path.of(store.environment("shared")["LAKE_URI"])
    next_owner, former = pair
    table = shared.joinpath("gold", "fenced")
    here = f"delta.`{table}`"
    former.ask("take")
    former.sql(f"create table {here} (id bigint) using delta")
    former.sql(f"insert into {here} values (1)")
    with pytest.raises(ChildError, match="another run holds the lake"):
        next_owner.ask("take")

    proxy.held.clear()
    proxy.let_go.clear()
    proxy.rule = lambda request: Harm.HOLD if request.is_commit and not proxy.held.is_set() else None
    former.tell("sql", text=f"insert into {here} values (2)")
    assert proxy.held.wait(60), "its token was checked, its commit is on the way"
    os.kill(former.process_id, signal.SIGSTOP)
    _taken_over(next_owner)
    next_owner.sql(f"insert into {here} values (3)")
    proxy.let_go.set()
    with pytest.raises(ChildError) as under_way:
        former.answer_after(lambda: os.kill(former.process_id, signal.SIGCONT))
    proxy.harmless()
    assert "DELTA_METADATA_CHANGED" in under_way.value.text
    with pytest.raises(ChildError, match="taken over the lake"):
        former.sql(f"insert into {here} values (4)")
    assert sorted(next_owner.sql(f"select id from {here}")) == [[1], [3]]
    next_owner.ask("give_back")
    assert said(shared)["state"] == lease.RELEASED


def _taken_over(child: Child) -> None:
    """The lease runs out after three seconds of silence."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(ChildError):  # another run holds the lake
            child.ask("take")
            return
        time.sleep(0.5)
    pytest.fail("never taken over")
