"""DuckDB: one database file, winners by MERGE, daily tables replaced by date."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.peers import rules
from bench.peers.command import Arrival, Peer, run

SQL = Path(__file__).parent / "duckdb_sql"
# A record with too few or too many fields is dropped: ignore_errors.
READ = (
    "select {delivery} as delivery_id, row_number() over () as record_number, * from read_csv({file}, header = true, "
    "all_varchar = true, ignore_errors = true, delim = ',', quote = '\"', escape = '\"')"
)


def build(state: Path, arrival: Arrival) -> None:
    """Make the database anew."""
    with duckdb.connect(_file(state)) as database:
        _read(database, arrival)
        database.execute(_sql("build"))


def increment(state: Path, arrival: Arrival) -> None:
    """Merge what arrives, and make the dates that it touches anew."""
    with duckdb.connect(_file(state)) as database:
        _read(database, arrival)
        database.execute(_sql("increment"))


def totals(state: Path) -> dict[str, Any]:
    """The totals of the database."""
    with duckdb.connect(_file(state), read_only=True) as database:
        silver = database.execute("select count(*), sum(total_gco2e)::varchar from silver").fetchone()
        country_device, domain_format = (
            database.execute(statement).fetchall() for statement in _sql("totals").split(";")[:2]
        )
    return {"silver": silver, "daily_by_country_device": country_device, "daily_by_domain_format": domain_format}


def _file(state: Path) -> Path:
    return state / "emissions.duckdb"


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def _read(database: duckdb.DuckDBPyConnection, arrival: Arrival) -> None:
    """Make the temporary table `arriving` of the valid records that arrive, the last of each identity."""
    database.execute(
        "create temp table countries as select * from read_csv(?, header = true, all_varchar = true)",
        [str(arrival.countries)],
    )
    reads = [
        READ.format(delivery=delivery, file=_literal(file))
        for delivery, file in enumerate(arrival.files, start=arrival.first_delivery)
    ]
    database.execute(f"create temp view arrived as {' union all by name '.join(reads)}")
    database.execute(
        _sql("arriving"),
        {
            "white_space": rules.WHITE_SPACE,
            "american_date": rules.AMERICAN_DATE,
            "iso_date": rules.ISO_DATE,
            "domain": rules.DOMAIN,
            "ad_size": rules.AD_SIZE,
            "measure": rules.MEASURE,
            "formats": list(rules.FORMATS),
            "devices": list(rules.DEVICES),
            "synonyms": list(rules.DEVICE_SYNONYMS),
            "synonym_devices": list(rules.DEVICE_SYNONYMS.values()),
            "coverages": list(rules.COVERAGES),
            "today": datetime.now(UTC).date(),
        },
    )


def _literal(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


if __name__ == "__main__":
    run(Peer(build, increment, totals))
