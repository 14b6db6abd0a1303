"""Disks that tests may fill: small ones, in memory."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def mount(*arguments: str) -> None:
    """Mount, or skip the test where that is not permitted."""
    mounted = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    if mounted.returncode:
        pytest.skip(f"mounting is not permitted here: {mounted.stderr.strip()}")


@contextmanager
def small_disk(place: Path, options: str) -> Iterator[Path]:
    """A disk of its own at a place."""
    place.mkdir()
    mount("-t", "tmpfs", "-o", options, "tmpfs", str(place))
    try:
        yield place
    finally:
        subprocess.run(["umount", "--recursive", "--lazy", str(place)], check=True)  # noqa: S607


def fill(disk: Path, free_bytes: int) -> Path:
    """Leave so much room on a disk; gives the file that takes the rest."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        left = shutil.disk_usage(disk).free - free_bytes
        while left > 0:
            left -= file.write(bytes(min(left, 1 << 20)))
    return filler
