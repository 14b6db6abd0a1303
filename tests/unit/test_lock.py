"""The lake's lock, and where logs go, without Spark."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lake.errors import LakeBusyError, LakeError
from lake.lock import LOCK_FILE, writing
from lake.settings import REPOSITORY, Settings

HOLD = "import sys; from pathlib import Path; from lake.lock import writing\nwith writing(Path(sys.argv[1]), 'a test'):\n print('held', flush=True); sys.stdin.read()"


def hold(lake: Path) -> subprocess.Popen[str]:
    """A process that holds the lake's lock until its stdin ends."""
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lake)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "held\n"
    return owner


def test_a_second_writer_is_told_who_holds_the_lake_and_a_killed_owner_s_lock_is_free_at_once(tmp_path: Path) -> None:
    owner = hold(tmp_path)
    said = (tmp_path / LOCK_FILE).read_text()
    with pytest.raises(LakeBusyError, match=f"a test, process {owner.pid} on "), writing(tmp_path, "another"):
        pass
    assert (tmp_path / LOCK_FILE).read_text() == said, "who comes second leaves the owner's name alone"
    owner.send_signal(signal.SIGKILL)
    owner.wait(timeout=60)
    with writing(tmp_path, "another"):
        assert '"purpose": "another"' in (tmp_path / LOCK_FILE).read_text()


def test_who_waits_gets_the_lake_when_its_owner_has_ended(tmp_path: Path) -> None:
    owner = hold(tmp_path)
    threading.Timer(0.5, owner.communicate).start()
    with writing(tmp_path, "patient", wait=True):
        assert '"purpose": "patient"' in (tmp_path / LOCK_FILE).read_text()


def test_logs_of_a_lake_on_s3_stay_on_this_machine() -> None:
    folder = Settings(lake_uri="s3a://bucket/some/prefix").log_folder
    assert folder == REPOSITORY / "data" / "logs" / "bucket" / "some" / "prefix"


def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    with pytest.raises(LakeError, match=LOCK_FILE), writing(tmp_path, "a test"):
        pass


def test_logs_go_elsewhere_where_the_lake_cannot_hold_them(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    assert Settings(lake_uri=str(lake)).log_folder == lake / "_logs"
    assert not lake.exists(), "asking where logs go makes no folder"
    lake.mkdir()
    (lake / "_logs").write_text("no folder")
    assert Settings(lake_uri=str(lake)).log_folder.is_dir()


def test_one_writer_at_a_time_in_one_process_too(tmp_path: Path) -> None:
    with writing(tmp_path, "first"), pytest.raises(LakeBusyError, match="first, process"):
        writing(tmp_path, "second").__enter__()
    with writing(tmp_path, "third"):
        pass
