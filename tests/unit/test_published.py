"""Publications as files: one number is given once, and the newest counts."""

from pathlib import Path

import pytest

from lake.errors import LakeBusyError, LakeError
from lake.published import PUBLISHED, Place, current, number_of, publish

TABLES = {"gold.daily_emissions": Place(3, "c0ffee")}


def test_the_newest_publication_is_in_force(tmp_path: Path) -> None:
    assert number_of(current(tmp_path)) == 0
    publish(tmp_path, 1, "first", "lake run", TABLES)
    second = publish(tmp_path, 2, "second", "lake publish", {})
    assert current(tmp_path) == second
    (tmp_path / PUBLISHED / f"{2:020}.json").unlink()
    first = current(tmp_path)
    assert first is not None
    assert (first.run_id, first.tables) == ("first", TABLES)


def test_who_comes_too_late_changes_nothing(tmp_path: Path) -> None:
    made = publish(tmp_path, 1, "first", "lake run", TABLES)
    with pytest.raises(LakeBusyError, match="published meanwhile"):
        publish(tmp_path, 1, "late", "lake run", {})
    assert current(tmp_path) == made
    assert len([*(tmp_path / PUBLISHED).iterdir()]) == 1, "no part is left"


def test_what_is_no_publication_is_named(tmp_path: Path) -> None:
    publish(tmp_path, 1, "first", "lake run", TABLES)
    for text in ("", "[]", '{"publication": 2}', '{"tables": 1}'):
        (tmp_path / PUBLISHED / f"{2:020}.json").write_text(text)
        with pytest.raises(LakeError, match=f"{2:020}.json is no publication"):
            current(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / PUBLISHED).write_text("a file")
    with pytest.raises(LakeError, match="cannot write"):
        publish(tmp_path, 1, "first", "lake run", TABLES)
