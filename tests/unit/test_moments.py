"""Which moment `--as-of` means, without Spark."""

import pytest

from lake.as_of import _moment
from lake.errors import UsageError


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-11-30", "2026-11-30T23:59:59.999999+00:00"),
        ("2026-11-30T12:00:00", "2026-11-30T12:00:00+00:00"),
        ("2026-11-30 12:00", "2026-11-30T12:00:00+00:00"),
        ("2026-11-30T12:00:00+01:00", "2026-11-30T11:00:00+00:00"),
        ("2026-11-30T12:00:00Z", "2026-11-30T12:00:00+00:00"),
        # Beginnings of run ids, which are moments in ISO's basic form.
        ("20261130", None),
        ("20261130T120000", None),
        ("", None),
    ],
)
def test_a_moment_is_utc_and_a_day_its_end(given: str, meant: str | None) -> None:
    assert _moment(given) == meant


@pytest.mark.parametrize("given", ["2026-02-30", "2026-11-30T25:00", "2026-11-30Tnoon"])
def test_what_looks_like_a_moment_and_is_none_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="no moment"):
        _moment(given)
