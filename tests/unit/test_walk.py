"""How far the reading of landing is."""

from pathlib import Path

from bronze.landing import Found, list_landing
from bronze.records import CHUNK_BYTES, HashingReader
from bronze.walk import Walk

Told = list[tuple[int, int]]


def land(folder: Path, **sizes_bytes: int) -> list[Found]:
    for name, size_bytes in sizes_bytes.items():
        (folder / f"{name}.csv").write_bytes(b"x" * size_bytes)
    return list_landing(folder)[0]


def test_what_is_read_and_what_is_passed_over_adds_up_to_all(tmp_path: Path) -> None:
    told: Told = []
    found = land(tmp_path, a=10, b=2 * CHUNK_BYTES, c=5)
    walk = Walk(found, lambda _: None, lambda *both: told.append(both))
    for item in walk:
        if item.path == "b.csv":
            with (tmp_path / "b.csv").open("rb") as raw:
                HashingReader(raw, on_bytes=walk.read).drain()
    total = 2 * CHUNK_BYTES + 15
    assert {each for _, each in told} == {total}
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert {10, 10 + CHUNK_BYTES, 10 + 2 * CHUNK_BYTES, total} == set(done)


def test_a_file_that_is_gone_by_now_has_no_size(tmp_path: Path) -> None:
    found = land(tmp_path, a=10, b=5)
    (tmp_path / "a.csv").unlink()
    told: Told = []
    assert [item.path for item in Walk(found, lambda _: None, lambda *both: told.append(both))] == ["a.csv", "b.csv"]
    assert told[-1] == (5, 5)
