"""What lies in a landing area beside well-named files: odd names, and things that are no files."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bad_input.case import Case, Loaded, record, text_of

LINK = "it is a link; land the file itself"
NO_FILE = "it is not a regular file"


@dataclass(frozen=True)
class Passed:
    """Something in the landing area that is passed over, and the reason that the run reports."""

    path: str
    what: str
    make: Callable[[Path], object]
    reason: str

    def __str__(self) -> str:
        return f"ignored: {self.reason}"


def _file(file: Path) -> None:
    file.write_bytes(text_of(record(str(file.name))))


def _socket(file: Path) -> None:
    # The path of a socket is bounded to about 100 bytes, so it is bound by its name alone.
    here = Path.cwd()
    os.chdir(file.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(file.name)
    finally:
        os.chdir(here)


def _link(target: str) -> Callable[[Path], object]:
    return lambda file: file.symlink_to(target)


def _named(path: str, what: str) -> Case:
    return Case(path, what, text_of(record(path)), Loaded())


PASSED = [
    Passed("folder.csv", "a folder named .csv", Path.mkdir, "it is a folder; only the files in it are deliveries"),
    Passed("link.csv", "a link to a file", _link("case-a.csv"), LINK),
    Passed("link-outside.csv", "a link out of the landing area", _link("/etc/hostname"), LINK),
    Passed("link-dangling.csv", "a link to nothing", _link("no-such-file"), LINK),
    Passed("link-loop.csv", "a link to itself", _link("link-loop.csv"), LINK),
    Passed("link-folder", "a link to a folder", _link("."), LINK),
    Passed("fifo.csv", "a named pipe", os.mkfifo, NO_FILE),
    Passed("socket.csv", "a socket", _socket, NO_FILE),
    Passed("_hidden.csv", "a name that begins with _", _file, "_hidden.csv begins with _"),
    Passed(".hidden.csv", "a name that begins with .", _file, ".hidden.csv begins with ."),
    Passed("upper.CSV", "a name that ends with .CSV", _file, "it is neither .csv nor .csv.gz"),
    Passed("space.csv ", "a space behind .csv", _file, "it is neither .csv nor .csv.gz"),
    Passed("archive.zip", "another suffix", _file, "it is neither .csv nor .csv.gz"),
]
NAMED = [
    _named("case-a.csv", "two names that differ by case alone: the one"),
    _named("CASE-A.csv", "two names that differ by case alone: the other"),
    _named("caf\u00e9.csv", "two names that differ by Unicode normal form alone: composed"),
    _named("cafe\u0301.csv", "two names that differ by Unicode normal form alone: decomposed"),
    _named("%2e%2e%2fx.csv", "`..` and `/` percent-encoded in a name are just characters"),
    _named("a\\..\\b.csv", "backslashes in a name"),
    _named("line\nbreak.csv", "a line break in a name"),
    _named("\x1b[2J\x07.csv", "a terminal command in a name"),
    _named("\u202egro.csv", "a right-to-left override in a name"),
    _named("[red]glob*?{a,b}.csv", "markup and wildcards in a name"),
    _named('it\'s "x" $(id) `id`.csv', "quotes and shell substitutions in a name"),
    _named("=cmd().csv", "a formula as a name"),
    _named("-rf.csv", "an option as a name"),
    _named("x" * 251 + ".csv", "a name of 255 bytes"),
    _named("deep/" * 40 + "x.csv", "a file 40 folders deep"),
    _named("folder.csv/in it.csv", "a file in a folder named .csv"),
]
# Beside the landing area itself: what `lake land` says to such paths, and files that change or are locked.
ELSEWHERE = [
    ("`lake land --as ../x.csv`, an absolute path, or a path through a link", "exit 2, nothing is landed"),
    ("`lake land` of a pipe, a folder, or a name that is not UTF-8", "exit 2, nothing is landed"),
    ("a file whose name is not UTF-8", "ignored: its name is not UTF-8"),
    ("a file without permission to read it", "ignored: no permission to read it"),
    ("a folder without permission to list it", "ignored: it cannot be listed: Permission denied"),
    (
        "a file that grows or changes while it is read",
        "ignored: it changed while it was read; the next run reads it again",
    ),
    ("a file that the disk cannot give", "ignored: it cannot be read: Input/output error; the next run tries again"),
    ("a file that is gone, or a pipe, when it is to be read", "ignored, with the reason; the next run tries again"),
    ("a `_columns.csv` that is a pipe or larger than 1 MiB", "its folder is ignored with that reason"),
    (
        "a record longer than 64 MiB",
        "rejected: a record is longer than 64 MiB; a quote that is left open makes such a record",
    ),
]
