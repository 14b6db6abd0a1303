"""Files that are locked, gone, replaced or unreadable, and paths that lead astray; no Spark."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bronze.ingest import _frame_delivery
from bronze.landing import Found, fingerprint_of, land, list_landing
from bronze.records import ChangingError, UnreadableError
from bronze.walk import Walk
from lake.errors import LakeError, UsageError
from tests.bad_input.case import record, text_of

GOOD = text_of(record("good"))


@pytest.fixture
def root() -> Iterator[Path]:
    """A landing area that other users can enter, unlike pytest's own folders."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Rights bind nobody's processes, but not root's."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def framed(item: Found, staging: Path) -> None:
    """Read a file as a run does."""
    walk = Walk([item], lambda _: None, lambda _, __: None)
    _frame_delivery(item, 1, 1, staging, datetime.now(UTC), "run", walk)


def found_in(root: Path, name: str) -> Found:
    return Found(name, root / name, fingerprint_of(root / name))


def test_what_may_not_be_read_is_reported_and_the_rest_is_found(root: Path) -> None:
    for name in ("locked.csv", "open.csv"):
        (root / name).write_bytes(GOOD)
    for name, mode in (("closed", 0), ("listed-only", 0o444)):
        (root / name).mkdir()
        (root / name / "x.csv").write_bytes(GOOD)
        (root / name).chmod(mode)
    (root / "locked.csv").chmod(0)
    with unprivileged():
        found, ignored = list_landing(root)
    assert [item.path for item in found] == ["open.csv"]
    assert {item.path: item.reason for item in ignored} == {
        "locked.csv": "no permission to read it",
        "closed": "it cannot be listed: Permission denied",
        "listed-only/x.csv": "it cannot be read: Permission denied",
    }


def test_a_landing_area_that_cannot_be_listed_ends_the_run(root: Path) -> None:
    area = root / "landing"
    area.mkdir(mode=0)
    with unprivileged(), pytest.raises(LakeError, match=r"cannot list .*: Permission denied\. Check LANDING_URI"):
        list_landing(area)


def test_a_name_that_is_no_utf_8_is_ignored_and_not_landed(root: Path) -> None:
    odd = os.fsdecode(b"\xff.csv")
    (root / odd).write_bytes(GOOD)
    assert [(item.path, item.reason) for item in list_landing(root)[1]] == [("?.csv", "its name is not UTF-8")]
    with pytest.raises(UsageError, match="is not UTF-8"):
        land([root / odd], root / "landing")
    assert land([root / odd], root / "landing", "named.csv") == ["named.csv"]


@pytest.mark.parametrize(
    "path", ["../x.csv", "a/../../x.csv", "/etc/x.csv", "", ".", "..", "out/x.csv", "x" * 300 + ".csv"]
)
def test_no_path_leads_out_of_the_landing_area(root: Path, path: str) -> None:
    source, area = root / "x.csv", root / "area" / "landing"
    source.write_bytes(b"source")
    area.mkdir(parents=True)
    (area / "out").symlink_to(root)
    with pytest.raises(LakeError):
        land([source], area, path)
    assert source.read_bytes() == b"source"
    assert [entry.name for entry in area.iterdir()] == ["out"]


@pytest.mark.parametrize("path", ["%2e%2e/x.csv", "a\nb.csv", "a\\..\\b.csv", "\x1b[2J.csv", "x" * 251 + ".csv"])
def test_an_odd_name_is_a_name(root: Path, path: str) -> None:
    source = root / "x.csv"
    source.write_bytes(GOOD)
    for _ in range(2):
        assert land([source], root / "landing", path) == [path]
    assert [item.path for item in list_landing(root / "landing")[0]] == [path]


def test_neither_a_pipe_nor_a_folder_is_landed(root: Path) -> None:
    os.mkfifo(root / "pipe.csv")
    (root / "folder.csv").mkdir()
    for name in ("pipe.csv", "folder.csv"):
        with pytest.raises(UsageError, match=f"not a regular file: .*{name}"):
            land([root / name], root / "landing")


def test_a_columns_file_that_is_a_pipe_or_huge_is_not_waited_for(root: Path) -> None:
    for name in ("a", "b"):
        (root / name).mkdir()
        (root / name / "x.csv").write_bytes(GOOD)
    os.mkfifo(root / "a" / "_columns.csv")
    (root / "b" / "_columns.csv").write_bytes(b"x" * (2 << 20))
    found, ignored = list_landing(root)
    reasons = {item.path: item.reason for item in ignored}
    assert not found
    for name in ("a", "b"):
        assert reasons[f"{name}/x.csv"] == "_columns.csv is no regular file of at most 1 MiB; correct or remove it"


@pytest.mark.parametrize("kind", ["gone", "pipe", "link"])
def test_a_file_that_was_replaced_since_it_was_listed_is_not_waited_for(root: Path, kind: str) -> None:
    file = root / "x.csv"
    file.write_bytes(GOOD)
    found = found_in(root, "x.csv")
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "link":
        file.symlink_to("/etc/hostname")
    with pytest.raises(UnreadableError):
        framed(found, root / "staging")


def test_a_file_that_grows_as_fast_as_it_is_read_ends(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = root / "x.csv"
    file.write_bytes(GOOD)
    monkeypatch.setattr("bronze.records.CHUNK_BYTES", 16)
    reading = os.fstat

    def growing(descriptor: int) -> os.stat_result:
        status = reading(descriptor)
        with file.open("ab") as more:
            more.write(b"2025-07-01,a.example\n" * 100)
        return status

    with monkeypatch.context() as patched:
        patched.setattr("bronze.ingest.os.fstat", growing)
        with pytest.raises(ChangingError):
            framed(found_in(root, "x.csv"), root / "staging")


def test_a_file_that_the_disk_cannot_give_says_so(root: Path) -> None:
    if not Path("/proc/self/mem").exists():
        pytest.skip("no file here whose bytes cannot be read")
    # The first page of a process is mapped nowhere, so that reading it is an input/output error.
    with pytest.raises(UnreadableError, match="Input/output error"):
        framed(Found("x.csv", Path("/proc/self/mem"), ""), root / "staging")
