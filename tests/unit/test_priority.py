"""Whether an endpoint serves is told by a lock that ends with it, and who gives way does so with all its threads."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lake.errors import UsageError
from lake.priority import NICENESS, give_way, is_served
from lake.settings import Settings

SERVE = "import sys; from pathlib import Path; from lake.priority import serving\nwith serving(Path(sys.argv[1])):\n print('served', flush=True); sys.stdin.read()"
# Two threads, and at a line a process.
WORK = "import subprocess, sys, threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start(); print('works', flush=True)\nsys.stdin.readline(); child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); sys.stdin.readline(); child.kill()"


def started(program: str, *arguments: str, leads: bool = False) -> "subprocess.Popen[str]":
    """A process of Python that has said that it is at work, and what else it says."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=leads,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() in ("served", "works")
    return process


def test_a_lake_is_served_as_long_as_an_endpoint_lives(tmp_path: Path) -> None:
    assert not is_served(tmp_path)
    assert not is_served(tmp_path / "missing")
    first, second = started(SERVE, str(tmp_path)), started(SERVE, str(tmp_path))
    assert is_served(tmp_path)
    first.communicate()
    assert is_served(tmp_path), "the other serves on"
    second.send_signal(signal.SIGKILL)
    second.wait(timeout=60)
    assert not is_served(tmp_path)


def test_who_gives_way_does_so_with_its_threads_and_what_it_starts() -> None:
    here = os.getpriority(os.PRIO_PROCESS, 0)
    working = started(WORK, leads=True)
    niceness = NICENESS["on"]
    give_way(working.pid, niceness)
    threads = [int(thread.name) for thread in Path(f"/proc/{working.pid}/task").iterdir()]
    assert len(threads) == 2
    child = int(_answer(working))
    assert {os.getpriority(os.PRIO_PROCESS, each) for each in (*threads, child)} == {max(niceness, here)}
    for each in (working.pid, child):
        group = Path(f"/proc/{each}/autogroup")
        if group.exists():
            assert group.read_text().endswith(f" nice {niceness}\n")
    working.communicate("\n")
    assert os.getpriority(os.PRIO_PROCESS, 0) == here


def _answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()


def test_a_setting_says_how_much_a_command_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKE_GIVES_WAY", raising=False)
    usual = Settings().niceness
    seen = []
    for word in ("off", "some", "On"):
        monkeypatch.setenv("LAKE_GIVES_WAY", word)
        seen.append(Settings().niceness)
    assert seen[0] == 0 < seen[1] == usual < seen[2]
    monkeypatch.setenv("LAKE_GIVES_WAY", "auto")
    with pytest.raises(UsageError, match="LAKE_GIVES_WAY=auto: give off, some or on"):
        _ = Settings().niceness
