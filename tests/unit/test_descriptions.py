"""What catalogs show of tables and columns: texts, not templates."""

from lake.descriptions import descriptions
from lake.metrics import METRICS


def test_every_table_and_column_is_described_in_words() -> None:
    known = descriptions()
    assert {
        "bronze.emissions",
        "bronze.deliveries",
        "silver.emissions",
        "audit.runs",
        "audit.delivered",
    } <= known.keys()
    assert {"silver.country_names", "gold.daily_emissions", f"gold.{METRICS}"} <= known.keys()
    texts = {(table, column): text for table, columns in known.items() for column, text in columns.items()}
    assert [place for place, text in texts.items() if not text or "{{" in text or "{%" in text] == []


def test_a_shared_text_is_put_in_where_a_column_names_it() -> None:
    columns = descriptions()["gold.daily_emissions"]
    assert columns["activity_date"] == "Day of the ad activity, UTC."
    assert columns[""].startswith("Grain: one activity_date, domain,")
