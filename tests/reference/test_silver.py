"""Cleaning, judging and choosing winners, with expectations worked out by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from .csv_records import SOURCE_COLUMNS
from .judging import is_domain, parse_date
from .measures import parse_measure, round_half_up
from .sample_deliveries import PLAUSIBLE_ROW, delivery, grams, silver_of
from .silver import quarantine_rows, record_contribution_rows, silver_rows

WITH_ID = (*SOURCE_COLUMNS, "record_id")


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("0.1", "0.1"),
        ("7.472e-05", "0.00007472"),
        (".5E+1", "5"),
        ("+3", "3"),
        ("-0.00000000005", "-0.0000000001"),
        ("0.00000000005", "0.0000000001"),
        ("0.000000000049999999999999999999999999999999999", "0"),
        ("-0.00000000004", "0"),
        ("-0", "0"),
        ("0e99999999999999999999999999", "0"),
        ("1e-99999999999999999999999999", "0"),
        ("1" + "0" * 5000 + "e-5000", "1"),
        ("99999999.99999999994", "99999999.9999999999"),
        ("99999999.99999999995", None),
        ("1e8", None),
        ("-100000000", None),
        ("1e99999999999999999999999999", None),
        ("1e" + "9" * 5000, None),
        *((text, None) for text in ("", "5.", ".", "1,5", "1e", "\u0661", "NaN", "0x1", "1_0", " 1", "--1", "1\n")),
    ],
)
def test_a_measure_is_rounded_once_from_its_exact_text(text: str, measure: str | None) -> None:
    parsed = parse_measure(text)
    assert parsed == (None if measure is None else Decimal(measure))
    assert parsed is None or (parsed.as_tuple().exponent == -10 and (parsed or not parsed.is_signed()))


def test_halves_are_rounded_away_from_zero() -> None:
    assert str(round_half_up(Fraction(1, 3))) == "0.3333333333"
    assert str(round_half_up(Fraction("-0.00000000025"))) == "-3E-10"
    assert str(round_half_up(Fraction("-0.00000000004"))) == "0E-10"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("02/29/2024", date(2024, 2, 29)),
        ("2025-07-01", date(2025, 7, 1)),
        ("0001-01-01", date(1, 1, 1)),
        *(
            (text, None)
            for text in ("2025-7-1", "02/29/2025", "0000-01-01", "13/01/2025", "20250701", "", "٢٠٢٥-07-01")
        ),
    ],
)
def test_a_date_is_one_of_two_syntaxes(text: str, day: date | None) -> None:
    assert parse_date(text) == day


def test_a_domain_is_of_labels() -> None:
    assert all(map(is_domain, ("cnn.com", "bücher.de", "a-b.c1", "\u0661.中", "a--b.c")))
    assert not any(map(is_domain, ("com", "a..b", "-a.b", "a-.b", "a_b.c", "a b.c", "a.", ".a", "e\u0301.fr", "²a.b")))


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"date": ""}, ["invalid_date"]),
        ({"date": "2026-01-01"}, []),
        ({"date": "2026-01-02"}, ["future_date"]),
        ({"domain": "\u2003"}, ["missing_domain"]),
        ({"domain": "www."}, ["missing_domain"]),
        ({"domain": "www.com"}, ["invalid_domain"]),
        ({"domain": "www.www.com"}, []),
        ({"domain": "cnn.com.."}, ["invalid_domain"]),
        ({"domain": "\ufeffcnn.com"}, ["invalid_domain"]),
        ({"country": " "}, ["missing_country"]),
        ({"country": "Atlantis"}, ["unknown_country"]),
        ({"country": "CÔTE D'IVOIRE\x85"}, []),
        ({"format": ""}, ["unknown_format"]),
        ({"format": "\x1fvideo"}, ["unknown_format"]),
        ({"device": "tv"}, ["unknown_device"]),
        ({"device": " SmartPhone"}, []),
        ({"ad_size": "300 x 250"}, ["invalid_ad_size"]),
        ({"ad_size": "300X250"}, []),
        ({"domainCoverage": "estimated"}, ["unknown_coverage"]),
        ({"totalEmissions": ""}, ["missing_measure"]),
        ({"totalEmissions": "a", "adSelectionEmissions": ""}, ["missing_measure", "invalid_measure"]),
        ({"totalEmissions": "-1e9"}, ["invalid_measure"]),
        (grams("-1"), ["negative_measure"]),
        (grams("-0.00000000004"), []),
        ({"adSelectionEmissions": "-0.1"}, ["negative_measure", "total_mismatch"]),
        ({"totalEmissions": "0.123001"}, []),
        ({"totalEmissions": "0.1230010001"}, ["total_mismatch"]),
        (grams("10") | {"totalEmissions": "10.00001"}, []),
        (grams("10") | {"totalEmissions": "9.9999899999"}, ["total_mismatch"]),
        (
            grams("99999999") | {"mediaDistributionEmissions": "1", "totalEmissions": "99999999.5"},
            ["invalid_measure"],
        ),
        (
            {"date": "x", "domain": "x", "country": "x", "format": "x", "device": "x", "ad_size": "x"},
            [
                "invalid_date",
                "invalid_domain",
                "unknown_country",
                "unknown_format",
                "unknown_device",
                "invalid_ad_size",
            ],
        ),
    ],
)
def test_a_row_carries_every_reason_in_order(changes: dict[str, str], reasons: list[str]) -> None:
    quarantine = quarantine_rows(silver_of(delivery(changes)))
    assert [row["reasons"] for row in quarantine] == ([reasons] if reasons else [])


def test_a_malformed_record_has_one_reason_and_no_columns() -> None:
    (row,) = quarantine_rows(silver_of(delivery() + b"  \n"))
    assert row == {
        "delivery_id": 1,
        "record_number": 1,
        "reasons": ["malformed_line"],
        **dict.fromkeys(SOURCE_COLUMNS),
    }


def test_a_winner_holds_cleaned_values() -> None:
    raw = {
        "domain": " WWW.CNN.com. ",
        "device": "PC",
        "country": "NA",
        "format": "VIDEO",
        "domainCoverage": "Modeled\t",
    }
    (row,) = silver_rows(silver_of(delivery(raw)))
    assert str(row.pop("record_key")).startswith("h:")
    assert row == {
        "activity_date": date(2025, 7, 1),
        "domain": "cnn.com",
        "ad_format": "video",
        "country_code": "NA",
        "ad_size": "300x250",
        "device": "desktop",
        "ad_selection_gco2e": Decimal("0.1"),
        "creative_distribution_gco2e": Decimal("0.02"),
        "media_distribution_gco2e": Decimal("0.003"),
        "total_gco2e": Decimal("0.123"),
        "domain_coverage": "modeled",
        "delivery_id": 1,
        "record_number": 1,
    }


def test_equal_values_count_once_and_the_first_wins() -> None:
    alike = delivery(PLAUSIBLE_ROW | {"country": "fr", "date": "2025-07-01", "adSelectionEmissions": "1e-1"})
    silver = silver_of(delivery({"totalEmissions": "0.1230001"}, {}), alike)
    assert [(row.delivery_id, row.record_number) for row in silver.winners] == [(1, 1), (1, 2)]
    assert [(row.delivery_id, row.record_number) for row in silver.duplicates] == [(2, 1)]


def test_of_one_record_id_the_latest_valid_row_wins() -> None:
    first = delivery({"record_id": "r"}, {"record_id": " r\u00a0", "date": "07/02/2025"}, columns=WITH_ID)
    second = delivery({"record_id": "r", "format": "?"}, {"record_id": " "}, {"record_id": "R"}, columns=WITH_ID)
    silver = silver_of(first, second)
    assert [row.record_key[:3] for row in silver.winners] == ["id:", silver.winners[1].record_key[:3], "id:"]
    assert [(row.delivery_id, row.record_number) for row in silver.winners] == [(1, 2), (2, 2), (2, 3)]
    assert [(row.delivery_id, row.record_number) for row in silver.duplicates] == [(1, 1)]


def test_contributions_are_shares_of_the_record_and_null_for_zero() -> None:
    parts = {"adSelectionEmissions": "0.5", "creativeDistributionEmissions": "0.25"}
    whole = {"mediaDistributionEmissions": "0.25", "totalEmissions": "1"}
    rows = record_contribution_rows(silver_of(delivery(parts | whole, grams("0"))))
    assert [tuple(row.values())[1:] for row in rows] == [(0.5, 0.25, 0.25), (None, None, None)]
