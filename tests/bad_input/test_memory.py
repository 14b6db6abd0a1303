"""Hostile files are framed in bounded memory: each in a process of its own, whose peak is read."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lake.settings import REPOSITORY
from tests.bad_input.case import HEADER

# Four bytes a character of the longest record (64 MiB), of which framing holds up to four copies, and the interpreter.
BOUND_MIB = 1_300
FRAME = """
import os, sys
from pathlib import Path
from bench.process_tree import largest_peak_bytes
from bronze.records import HashingReader, RejectedError, frame
path = Path(sys.argv[1])
try:
    with path.open("rb") as raw, open(sys.argv[2], "wb") as sink:
        print(frame(HashingReader(raw), gz=path.suffix == ".gz", delivery_id=1, staged=sink).record_count)
except RejectedError as rejection:
    print(rejection)
# Not getrusage: Linux counts there what the parent held when it started this process.
print(largest_peak_bytes(os.getpid()) >> 20)
"""
LONG = "a record is longer than 64 MiB; a quote that is left open makes such a record"
BOMB = "gz expands more than 200 times"
MIB = 1 << 20


def _plain(beginning: str, repeated: str, count: int, end: str = "") -> Callable[[Path], None]:
    def make(file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="") as sink:
            sink.write(beginning)
            for _ in range(64):
                sink.write(repeated * (count // 64))
            sink.write(end)

    return make


def _bomb(mebibyte: bytes, count: int) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        with gzip.open(file, "wb") as sink:
            sink.write(HEADER.encode() + b"\n")
            for _ in range(count):
                sink.write(mebibyte)

    return make


CASES = {
    "a gz bomb": ("x.csv.gz", _bomb((b"x" * 1023 + b"\n") * 1024, 400), BOMB),
    "an endless line in gz": ("x.csv.gz", _bomb(b"x" * MIB, 70), LONG),
    "an endless line": ("x.csv", _plain(HEADER + "\n", "x", 200 * MIB), LONG),
    "an endless line of wide characters": ("x.csv", _plain(HEADER + "\n", "\U0001f600", 70 * MIB), LONG),
    "an endless header": ("x.csv", _plain("", "x,", 40 * MIB), LONG),
    "a header of commas": ("x.csv", _plain("", ",", 2 * MIB, "\n"), "unreadable header: longer than 1 MiB"),
    "an open quote over short lines": ("x.csv", _plain(HEADER + '\n"', "x,y\r\n" * 8, 4 * MIB), LONG),
    "a field of 10 MB": ("x.csv", _plain(HEADER + '\n"', "x", 10 * MIB, '"\n'), "1"),
    "ten million short lines": ("x.csv", _plain(HEADER + "\n", "a\n", 10 * MIB), str(10 * MIB)),
    "a record of quoted commas": ("x.csv", _plain(HEADER + '\n"",', ",", 60 * MIB, "\n"), "1"),
}


@pytest.mark.parametrize("what", CASES)
def test_framing_stays_within_its_memory(what: str, tmp_path: Path) -> None:
    name, make, expected = CASES[what]
    make(tmp_path / name)
    command = [sys.executable, "-c", FRAME, str(tmp_path / name), str(tmp_path / "staged")]
    printed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.splitlines()
    assert printed[0] == expected
    assert int(printed[1]) < BOUND_MIB
