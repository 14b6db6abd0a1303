"""Synthetic deliveries: repeatable to the byte, exact in their totals, with just the defects they list."""

import csv
import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bronze.columns import REQUIRED_COLUMNS
from bronze.synthetic.defects import KINDS
from bronze.synthetic.deliveries import GeneratedDelivery, generate
from bronze.synthetic.pools import pools_for
from bronze.synthetic.recipe import Recipe

SEED_NAMES = Path(__file__).parents[2] / "dbt" / "seeds" / "country_names.csv"
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
LOADED_ON = date(2026, 1, 1)


CONTRACT_REASONS = {
    "malformed_line",
    "invalid_date",
    "future_date",
    "missing_domain",
    "invalid_domain",
    "missing_country",
    "unknown_country",
    "unknown_format",
    "unknown_device",
    "invalid_ad_size",
    "unknown_coverage",
    "missing_measure",
    "invalid_measure",
    "negative_measure",
    "total_mismatch",
}


def made(out: Path, **changed: object) -> GeneratedDelivery:
    arguments = {"rows": 3_000, "days": 31, "seed": 7, "issue_rate": 0.1, **changed}
    return generate(out, Recipe(**arguments))


def records(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def listed(delivery: GeneratedDelivery) -> dict[int, str]:
    with delivery.manifest.open(newline="") as file:
        return {int(row["record_number"]): row["kind"] for row in csv.DictReader(file)}


def parsed_day(text: str) -> date | None:
    if not re.fullmatch(r"\d\d/\d\d/\d{4}", text, re.ASCII):
        return None
    try:
        return datetime.strptime(text, "%m/%d/%Y").date()
    except ValueError:
        return None


def reasons(fields: list[str], countries: set[str]) -> Iterator[str]:
    """The contract's reasons, told anew and plainly."""
    if len(fields) != len(REQUIRED_COLUMNS):
        yield "malformed_line"
        return
    day_text, domain, ad_format, country, size, device, *measures, coverage = [
        field.strip().lower() for field in fields
    ]
    day = parsed_day(day_text)
    if day is None:
        yield "invalid_date"
    elif day > LOADED_ON:
        yield "future_date"
    if not domain:
        yield "missing_domain"
    elif not re.fullmatch(rf"{LABEL}(\.{LABEL})+", domain):
        yield "invalid_domain"
    if not country:
        yield "missing_country"
    elif country not in countries:
        yield "unknown_country"
    if ad_format not in {"audio", "banner", "display", "native", "video"}:
        yield "unknown_format"
    if device not in {"desktop", "mobile", "tablet"}:
        yield "unknown_device"
    if not re.fullmatch("[0-9]+x[0-9]+", size):
        yield "invalid_ad_size"
    if coverage not in {"measured", "modeled"}:
        yield "unknown_coverage"
    yield from measure_reasons(measures)


def measure_reasons(measures: list[str]) -> Iterator[str]:
    if "" in measures:
        yield "missing_measure"
    numbers = [Decimal(text) for text in measures if NUMBER.fullmatch(text) and abs(Decimal(text)) < 10**8]
    if len(numbers) < sum(text != "" for text in measures):
        yield "invalid_measure"
    if any(number < 0 for number in numbers):
        yield "negative_measure"
    if len(numbers) == len(measures):
        *parts, stated = numbers
        whole = sum(parts, Decimal(0))
        if abs(stated - whole) > max(Decimal("0.000001"), abs(whole) / 1_000_000):
            yield "total_mismatch"


@pytest.fixture(scope="module")
def countries() -> set[str]:
    with SEED_NAMES.open(encoding="utf-8", newline="") as file:
        return {row["country_name"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_same_arguments_give_same_bytes(tmp_path: Path, name: str) -> None:
    first = made(tmp_path / "one" / name)
    second = made(tmp_path / "two" / name)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.manifest.read_bytes() == second.manifest.read_bytes()
    assert made(tmp_path / "three" / name, seed=8).path.read_bytes() != first.path.read_bytes()


def test_bytes_are_those_of_every_machine_and_python(tmp_path: Path) -> None:
    content = made(tmp_path / "a.csv").path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert digest == "5de885e28aa990bfec522280c19c0661fab1f67496fe546258a38c403ff93838"


def test_the_defaults_give_the_bytes_of_the_first_run(tmp_path: Path) -> None:
    content = generate(tmp_path / "example.csv", Recipe()).path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert digest == "f392485340c7a171eece09bc32a9fcc1348c881e9a98f6fc65aa293700fc10d2"
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["_example.manifest.csv", "example.csv"], "the README's run names these files only"


def test_gz_holds_the_same_records_without_name_or_time(tmp_path: Path) -> None:
    plain = made(tmp_path / "a.csv").path.read_bytes()
    packed = made(tmp_path / "b.csv.gz").path.read_bytes()
    assert gzip.decompress(packed) == plain
    flags, time = packed[3], packed[4:8]
    assert flags == 0
    assert time == bytes(4)


def test_manifest_lists_every_planted_row_in_order(tmp_path: Path) -> None:
    delivery = made(tmp_path / "a.csv")
    kinds = listed(delivery)
    assert delivery.manifest == tmp_path / "_a.manifest.csv"
    assert list(kinds) == sorted(kinds)
    assert Counter(kinds.values()) == delivery.planted
    # Four standard deviations of a binomial of 3,000 trials at 0.1 are 66.
    assert abs(len(kinds) - 300) < 66


@pytest.mark.parametrize("issue_rate", [0, 0.5, 1])
def test_each_row_has_just_its_listed_reason(tmp_path: Path, countries: set[str], issue_rate: float) -> None:
    delivery = made(tmp_path / "a.csv", issue_rate=issue_rate)
    kinds = listed(delivery)
    good: set[tuple[str, ...]] = set()
    for number, fields in enumerate(records(delivery.path), start=1):
        found = list(reasons(fields, countries))
        if kinds.get(number) == "duplicate":
            assert not found
            assert tuple(fields) in good, f"record {number} repeats no earlier good row"
        elif number in kinds:
            assert found == [kinds[number]], f"record {number}: {fields}"
        else:
            assert not found, f"record {number}: {fields}"
            assert tuple(fields) not in good, f"record {number} is an unplanned duplicate"
            good.add(tuple(fields))


def test_every_kind_occurs(tmp_path: Path) -> None:
    assert set(KINDS) == {*CONTRACT_REASONS, "duplicate"}
    assert set(made(tmp_path / "a.csv", issue_rate=0.5).planted) == set(KINDS)


def test_totals_are_exact_and_small_numbers_scientific(tmp_path: Path) -> None:
    rows = records(made(tmp_path / "a.csv", issue_rate=0).path)
    for row in rows:
        selection, creative, media, total = (Decimal(text) for text in row[6:10])
        assert selection + creative + media == total
        assert total.as_tuple().exponent >= -8  # type: ignore[operator]
    assert any("e-05" in row[7] for row in rows)


def test_unplanted_rows_do_not_depend_on_the_rate(tmp_path: Path) -> None:
    clean = records(made(tmp_path / "clean.csv", issue_rate=0).path)
    delivery = made(tmp_path / "planted.csv", issue_rate=0.2)
    kinds = listed(delivery)
    for number, fields in enumerate(records(delivery.path), start=1):
        assert number in kinds or fields == clean[number - 1]


def test_days_end_with_the_last_one(tmp_path: Path) -> None:
    def days(**changed: object) -> set[str]:
        return {row[0] for row in records(made(tmp_path / "a.csv", issue_rate=0, **changed).path)}

    assert days(days=3) == {"08/29/2025", "08/30/2025", "08/31/2025"}
    assert days(days=2, end_date=date(2024, 3, 1)) == {"02/29/2024", "03/01/2024"}


def test_record_ids_are_unique_but_for_repeats(tmp_path: Path) -> None:
    delivery = made(tmp_path / "a.csv", rows=500, record_ids=True)
    kinds = listed(delivery)
    for number, fields in enumerate(records(delivery.path), start=1):
        if kinds.get(number) not in {"duplicate", "malformed_line"}:
            assert fields[len(REQUIRED_COLUMNS) :] == [f"7-{number}"]
        elif kinds[number] == "malformed_line":
            assert len(fields) != len(REQUIRED_COLUMNS) + 1


def test_no_rows_give_the_header_alone(tmp_path: Path) -> None:
    delivery = made(tmp_path / "a.csv", rows=0)
    assert delivery.path.read_text() == ",".join(REQUIRED_COLUMNS) + "\n"
    assert delivery.manifest.read_text() == "record_number,kind\n"
    assert (delivery.row_count, delivery.planted) == (0, {})


def test_progress_ends_with_all_rows(tmp_path: Path) -> None:
    seen: list[int] = []
    generate(tmp_path / "a.csv", Recipe(rows=20_000), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 20_000
    assert len(seen) > 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": -1},
        {"days": 0},
        {"days": 10_000_000},
        {"issue_rate": -0.1},
        {"issue_rate": 1.1},
        {"issue_rate": float("nan")},
        {"domains": 0},
        {"domains": 10_001},
        {"skew": -0.1},
        {"skew": 3.1},
        {"outlier_domains": -1},
        {"outlier_domains": 9},
        {"outlier_domains": 1, "domains": 9},
        {"outlier_domains": 3, "skew": 3.0, "domains": 10},
        {"outlier_days": -1},
        {"outlier_days": 4, "days": 35},
        {"outlier_days": 1, "days": 28},
        {"outlier_days": 1, "rows": 100, "days": 60},
    ],
)
def test_wrong_arguments_are_named(tmp_path: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).replace("_", " ")):
        made(tmp_path / "a.csv", **wrong)
    assert not list(tmp_path.iterdir())


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no regular file"):
        made(tmp_path)


def test_a_failure_leaves_the_old_delivery_whole(tmp_path: Path) -> None:
    def fail(_: int) -> None:
        raise KeyboardInterrupt

    before = made(tmp_path / "a.csv.gz", rows=10).path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "a.csv.gz", Recipe(seed=8), fail)
    assert (tmp_path / "a.csv.gz").read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["_a.manifest.csv", "_a.recipe.json", "a.csv.gz"]


def test_domains_are_as_many_as_asked_for_and_reserved_names(tmp_path: Path) -> None:
    for count in (1, 10, 200):
        domains = {row[1] for row in records(made(tmp_path / "a.csv", issue_rate=0, rows=20_000, domains=count).path)}
        assert len(domains) == count
        assert all(domain.endswith((".example", ".test")) for domain in domains)


def test_the_first_domain_has_the_share_that_the_skew_says() -> None:
    for skew, share in ((0, 1 / 40), (1, 1 / 4.2785), (2, 1 / 1.6202)):
        placements = pools_for(Recipe(skew=skew)).placements
        first = Counter(head.partition(",")[0] for head, *_ in placements).most_common(1)[0][1] / len(placements)
        # Of 40 domains of one share the largest lies some three deviations of 0.0012 above it.
        assert abs(first - share) < 0.02
