"""The committed example: its bytes are those of the command beside it, and its numbers the golden ones.

The golden numbers are those of the plain-Python reference (tests/reference), with which the lake agreed row for row.
"""

import shlex
from pathlib import Path
from typing import Any

import pytest

from lake.cli import main
from lake.settings import REPOSITORY
from tests.conftest import TestLake

EXAMPLES = REPOSITORY / "examples"
FATES = {
    "delivered_rows": 1_400,
    "delivered_gco2e": "466.9583647800",
    "silver_rows": 1_328,
    "silver_gco2e": "449.6722359100",
    "quarantined_rows": 67,
    "quarantined_gco2e": "9.0547323100",
    "duplicate_rows": 5,
    "duplicate_gco2e": "8.2313965600",
    "superseded_rows": 0,
    "superseded_gco2e": "0.0000000000",
    "unweighable_rows": 14,
    "balanced": True,
}
REASONS = {
    "unknown_device": 8,
    "malformed_line": 7,
    "future_date": 6,
    "unknown_country": 6,
    "missing_country": 5,
    "missing_measure": 5,
    "unknown_coverage": 5,
    "invalid_measure": 4,
    "missing_domain": 4,
    "negative_measure": 4,
    "unknown_format": 4,
    "invalid_domain": 3,
    "invalid_ad_size": 2,
    "invalid_date": 2,
    "total_mismatch": 2,
}
GOLD_ROWS = {
    "daily_emissions": 1_311,
    "daily_by_country_device": 792,
    "daily_by_domain_format": 856,
    "daily_country_trends": 511,
    "emission_contributions": 399,
    "top_10_domains": 10,
    "avg_domain_coverage": 5,
    "flagged_domains": 12,
    "flagged_domain_days": 3,
}
# The first of these days is the generator's chance, the others it planted.
FLAGGED_DAYS = [
    ("2025-08-07", "0.1210466300", "0.3980991000", "low", 17, 5, 11.0, -4.3322190880340985),
    ("2025-08-24", "24.5766668800", "0.3445851700", "high", 28, 6, 11.0, 10.548576334800769),
    ("2025-08-27", "0.0028580300", "0.3445851700", "low", 28, 10, 11.0, -9.840225014868558),
]


def test_the_example_is_what_its_command_makes(tmp_path: Path) -> None:
    readme = (EXAMPLES / "README.md").read_text()
    (command,) = (line for line in readme.splitlines() if line.startswith("scripts/lake generate "))
    *options, out = shlex.split(command)[1:]
    main_without_exit([*options, str(tmp_path / Path(out).name)])
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert made == {file.name: file.read_bytes() for file in EXAMPLES.iterdir() if file.name != "README.md"}


def main_without_exit(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0


def test_the_example_gives_its_golden_numbers(lake: TestLake) -> None:
    lake.put("example.csv", (EXAMPLES / "example.csv").read_bytes())
    report = lake.run()

    fates = ", ".join(FATES)
    assert lake.rows(f"select {fates} from audit.conservation") == [FATES]
    assert {reason["reason"]: reason["row_count"] for reason in report.reasons} == REASONS
    counts = {table: lake.rows(f"select count(*) as n from gold.{table}")[0]["n"] for table in GOLD_ROWS}
    assert counts == GOLD_ROWS
    parts = (
        "sum(ad_selection_gco2e) as selection, sum(creative_distribution_gco2e) as creative, "
        "sum(media_distribution_gco2e) as media, sum(total_gco2e) as total"
    )
    for table in ("silver.emissions", "gold.daily_emissions"):
        assert lake.rows(f"select {parts} from {table}") == [
            {
                "selection": "442.5674491500",
                "creative": "0.3042184000",
                "media": "6.8005683600",
                "total": "449.6722359100",
            }
        ], table
    assert lake.rows("select domain, total_gco2e from gold.top_10_domains where rank <= 2 order by rank") == [
        {"domain": "coffeyfurt-wire.test", "total_gco2e": "387.5551102500"},
        {"domain": "smithburgh-observer.example", "total_gco2e": "37.6198486600"},
    ]
    assert lake.rows("select * from gold.avg_domain_coverage where ad_format = 'video'") == [
        {
            "ad_format": "video",
            "record_count": 169,
            "measured_record_share": approximately(0.5029585798816568),
            "measured_emission_share": approximately(0.23399383401084417),
        }
    ]
    flagged = lake.rows("select domain, z_score, modified_z_score from gold.flagged_domains where is_outlier")
    assert sorted(tuple(row.values()) for row in flagged) == [
        ("coffeyfurt-wire.test", approximately(3.1617409928463736), approximately(248.12581508328734)),
        ("smithburgh-observer.example", approximately(0.0013290846747521816), approximately(22.908316239146178)),
    ]
    days = lake.rows(
        "select activity_date, total_gco2e, median_gco2e, direction, history_days, record_count, median_record_count, "
        "modified_z_score from gold.flagged_domain_days where domain = 'smithburgh-observer.example'"
    )
    assert sorted(tuple(row.values()) for row in days) == [
        (*exact, approximately(score)) for *exact, score in FLAGGED_DAYS
    ]


def approximately(score: float) -> Any:
    """A score as doubles hold it, whatever order they were summed in."""
    return pytest.approx(score, rel=1e-9, abs=1e-12)
