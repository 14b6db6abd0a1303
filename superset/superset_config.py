"""Superset's settings: what it keeps is in its own folder, and pages tell nobody of their use."""

import os
import secrets
from copy import deepcopy
from pathlib import Path
from typing import Any

import sqlalchemy
from superset.config import TALISMAN_CONFIG as USUAL_TALISMAN_CONFIG
from superset.utils.log import DBEventLogger

HOME = Path(os.environ["SUPERSET_HOME"])


def secret_key() -> str:
    """The key of sessions and stored passwords, made on first use and readable by its owner alone."""
    kept = HOME / "secret-key"
    if not kept.exists():
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(42))
    return kept.read_text()


SECRET_KEY = secret_key()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}?check_same_thread=false"


class EventLogger(DBEventLogger):
    """Superset's log of what its users do, without the addresses of databases, which have passwords in them."""

    def log(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Superset's own
        """Keep it."""
        for record in kwargs.get("records", []):
            record.pop("sqlalchemy_uri", None)
        super().log(*args, **kwargs)


EVENT_LOGGER = EventLogger()

# Pages count their viewers by a picture of Scarf's, which the browser is told not to fetch.
TALISMAN_CONFIG = deepcopy(USUAL_TALISMAN_CONFIG)
TALISMAN_CONFIG["content_security_policy"]["img-src"] = ["'self'", "blob:", "data:"]

sqlalchemy.dialects.registry.register("hive", "published_dialect", "PublishedDialect")

# Superset's weeks for Hive name a pattern that Spark has no more; these are its own for Spark, which it takes for none.
TIME_GRAIN_ADDON_EXPRESSIONS = {
    "hive": {
        "PT1S": "date_trunc('second', {col})",
        "PT1M": "date_trunc('minute', {col})",
        "PT1H": "date_trunc('hour', {col})",
        "P1D": "date_trunc('day', {col})",
        "P1W": "date_trunc('week', {col})",
        "P1M": "date_trunc('month', {col})",
        "P3M": "date_trunc('quarter', {col})",
        "P1Y": "date_trunc('year', {col})",
        "P1W/1970-01-03T00:00:00Z": "date_trunc('week', {col} + interval '1 day') + interval '5 days'",
        "1969-12-28T00:00:00Z/P1W": "date_trunc('week', {col} + interval '1 day') - interval '1 day'",
    }
}

# Five seconds otherwise between two looks whether a query of SQL Lab is done.
DB_POLL_INTERVAL_SECONDS = {"hive": 1}
