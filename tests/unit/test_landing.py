"""Landing: several files get there all or none."""

from pathlib import Path

import pytest

from bronze import landing
from lake.errors import LakeError, UsageError


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "source" / name for name in ("a.csv", "b.csv")]
    made[0].parent.mkdir()
    for file in made:
        file.write_text(f"new {file.name}")
    return made


def test_a_folder_in_the_way_is_named_before_anything_is_landed(files: list[Path], tmp_path: Path) -> None:
    root = tmp_path / "landing"
    (root / "b.csv").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"b\.csv is a folder"):
        landing.land(files, root)
    assert [path.name for path in root.iterdir()] == ["b.csv"]


def test_an_error_half_way_leaves_landing_as_it_was(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "landing"
    root.mkdir()
    (root / "a.csv").write_text("old a.csv")
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "b.csv":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(LakeError, match=r"No space left on device. Nothing new is left there"):
        landing.land(files, root)
    assert {path.name: path.read_text() for path in root.iterdir()} == {"a.csv": "old a.csv"}


def test_both_are_landed_and_nothing_else_is_left(files: list[Path], tmp_path: Path) -> None:
    root = tmp_path / "landing"
    root.mkdir()
    (root / "a.csv").write_text("old a.csv")
    assert landing.land(files, root) == ["a.csv", "b.csv"]
    assert {path.name: path.read_text() for path in root.iterdir()} == {"a.csv": "new a.csv", "b.csv": "new b.csv"}


def test_landing_is_listed_by_the_bytes_of_its_paths(tmp_path: Path) -> None:
    for name in ("b.csv", "B.csv", "a.csv.gz", "é.csv", "z.csv", "_b.csv", ".c.csv", "c.txt"):
        (tmp_path / name).touch()
    found, ignored = landing.list_landing(tmp_path)
    assert [item.path for item in found] == ["B.csv", "a.csv.gz", "b.csv", "z.csv", "é.csv"]
    assert [item.path for item in ignored] == [".c.csv", "_b.csv", "c.txt"]
