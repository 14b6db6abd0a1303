"""A lake's folders as a catalog, and values as JSON; no Spark."""

from decimal import Decimal
from pathlib import Path

from lake.queries import to_json
from lake.tables import clear_unborn, list_tables, table_version


def test_a_table_s_version_is_its_highest_commit(tmp_path: Path) -> None:
    log = tmp_path / "gold" / "t" / "_delta_log"
    log.mkdir(parents=True)
    for name in (f"{0:020}.json", f"{11:020}.json", f"{9:020}.json", "_last_checkpoint", f"{20:020}.checkpoint.json"):
        (log / name).touch()
    assert list_tables(tmp_path) == ["gold.t"]
    assert table_version(tmp_path, "gold.t") == 11


def test_a_table_without_a_commit_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    for file in (
        "gold/born/_delta_log/00000000000000000000.json",
        "gold/born/part-0.parquet",
        "gold/unborn/_delta_log/.00000000000000000000.json.x.tmp",
        "gold/unborn/part-0.parquet",
        "gold/strange/part-0.parquet",
        "bronze/_staging/1.txt",
        "bronze/deliveries/_delta_log/.00000000000000000000.json.x.tmp",
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    clear_unborn(tmp_path)
    left = sorted(file.relative_to(tmp_path).parts[1] for file in tmp_path.rglob("*") if file.is_file())
    assert left == ["_staging", "born", "born", "strange"]


def test_records_whose_log_was_lost_are_left_for_a_person(tmp_path: Path) -> None:
    kept = tmp_path / "bronze" / "emissions" / "part-0.parquet"
    (kept.parent / "_delta_log").mkdir(parents=True)
    kept.touch()
    clear_unborn(tmp_path)
    assert kept.exists()


def test_values_as_json() -> None:
    assert to_json([Decimal("1E-10"), float("inf"), {1: None}]) == ["0.0000000001", None, {"1": None}]
