"""What is written once is there whole and never replaced, on S3 and on a local disk."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lake.storage import LakePath, PresentError, S3Path, put_new


def check(place: LakePath) -> None:
    put_new(place, b"first")
    with pytest.raises(PresentError):
        put_new(place, b"second")
    assert place.read_bytes() == b"first"
    assert [entry.name for entry in place.parent.iterdir()] == [place.name]


def test_on_s3(on_s3: Mapping[str, str]) -> None:
    place = S3Path.of(on_s3["LAKE_URI"]) / "_releases" / "a.json"
    check(place)
    put_new(place, b"first")  # as a repetition whose answer was lost


def test_on_a_local_disk(tmp_path: Path) -> None:
    check(tmp_path / "folder" / "a.json")
