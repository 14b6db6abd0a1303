"""The recipe of a synthetic delivery: the arguments that fix every byte of it, and how they are kept beside it."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

# Faker's towns and newspaper words make some 300,000 names; the popularity of the last stays above nothing.
MOST_DOMAINS = 10_000
# Beyond 3 the first domain alone has more than 83 % of the records (1 / zeta(3)).
HIGHEST_SKEW = 3.0
# The lake flags no domain among fewer than ten (contract, gold.flagged_domains).
FEWEST_DOMAINS_WITH_OUTLIERS = 10
# Of the domains, one in five at most: more outliers would be the rule that they are judged by.
DOMAINS_PER_OUTLIER = 5


@dataclass(frozen=True)
class Recipe:
    """What a synthetic delivery is made from; the defaults are those of `lake generate`.

    Attributes:
        rows: records, header not counted.
        days: how many days they spread over.
        seed: any integer; another seed, other publishers and records.
        issue_rate: probability of a planted defect, 0 to 1.
        end_date: the last day; records later than their load are refused as future.
        record_ids: whether there is a column `record_id`, `<seed>-<record number>`; a repeat repeats it.
        domains: publishers to draw from; the rarest of many may not occur.
        skew: exponent of Zipf's law: the n-th publisher is 1/n^skew as popular as the first.
        outlier_domains: domains whose total lies far above every other's.
        outlier_days: days of popular domains that emit 128 times or a 128th of what they would.

    Raises:
        ValueError: an argument is out of range.
    """

    rows: int = 1_000
    days: int = 31
    seed: int = 1
    issue_rate: float = 0.05
    end_date: date = date(2025, 8, 31)
    record_ids: bool = False
    domains: int = 40
    skew: float = 1.0
    outlier_domains: int = 0
    outlier_days: int = 0

    def __post_init__(self) -> None:
        most_outliers = self.domains // DOMAINS_PER_OUTLIER if self.domains >= FEWEST_DOMAINS_WITH_OUTLIERS else 0
        _require(self.rows >= 0, f"rows must be 0 or more, not {self.rows}")
        _require(
            1 <= self.days <= self.end_date.toordinal(),
            f"days must be 1 or more and the first day not before year 1, not {self.days}",
        )
        _require(0 <= self.issue_rate <= 1, f"issue rate must be from 0 to 1, not {self.issue_rate}")
        _require(1 <= self.domains <= MOST_DOMAINS, f"domains must be 1 to {MOST_DOMAINS:,}, not {self.domains}")
        _require(0 <= self.skew <= HIGHEST_SKEW, f"skew must be from 0 to {HIGHEST_SKEW}, not {self.skew}")
        _require(
            0 <= self.outlier_domains <= most_outliers,
            f"outlier domains must be 0 to {most_outliers} (a fifth of the domains, of which there must be "
            f"{FEWEST_DOMAINS_WITH_OUTLIERS}), not {self.outlier_domains}",
        )
        _require(self.outlier_days >= 0, f"outlier days must be 0 or more, not {self.outlier_days}")


def recipe_text(recipe: Recipe) -> str:
    """The recipe as the text of a JSON file."""
    return json.dumps(asdict(recipe), default=date.isoformat, indent=2) + "\n"


def read_recipe(file: Path) -> Recipe:
    """The recipe that a file holds; where there is no file, the defaults: they are kept for other recipes only.

    Raises:
        ValueError: the file holds something else.
        OSError: it cannot be read.
    """
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Recipe(**{**kept, "end_date": date.fromisoformat(kept["end_date"])})
    except FileNotFoundError:
        return DEFAULTS
    except (ValueError, TypeError, KeyError) as error:
        msg = f"{file} holds no recipe of this version: {error}"
        raise ValueError(msg) from error


def _require(holds: bool, msg: str) -> None:
    if not holds:
        raise ValueError(msg)


DEFAULTS = Recipe()
