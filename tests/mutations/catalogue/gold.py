"""Mutants of the gold models and of the formulas over measures."""

from tests.mutations.catalogue.named_tests import LITTLE_WRITTEN, MOVES, ONE_DAY, units_of
from tests.mutations.mutant import Mutant

MEASURES = "dbt/macros/measures.sql"
TRENDS = "gold/marts/daily_country_trends.sql"
DAYS = "gold/marts/flagged_domain_days.sql"
DAILY = "gold/marts/daily_emissions.sql"
FLAGGED = "gold/reports/flagged_domains.sql"
TOP = "gold/reports/top_10_domains.sql"
COVERAGE = "gold/reports/avg_domain_coverage.sql"

MUTANTS = (
    Mutant(
        "gold-rewrites-files",
        "dbt/dbt_project.yml",
        'delta.enableDeletionVectors: "true"',
        'delta.enableDeletionVectors: "false"',
        "a replaced date writes the other dates of its file anew",
        LITTLE_WRITTEN,
    ),
    Mutant(
        "measure-average",
        MEASURES,
        "try_divide({{ total }}, {{ count }})",
        "try_divide({{ count }}, {{ total }})",
        "an average stands on its head",
        units_of("daily_by_country_device"),
    ),
    Mutant(
        "measure-mad-factor",
        MEASURES,
        "0.6745D",
        "0.6754D",
        "a digit of the modified z-score",
        units_of("flagged_domains"),
    ),
    Mutant(
        "measure-mean-factor",
        MEASURES,
        "(1.253314D * {{ mean_deviation }})",
        "{{ mean_deviation }}",
        "the factor of the mean deviation is dropped",
        units_of("flagged_domains"),
    ),
    Mutant(
        "measure-median",
        MEASURES,
        "(size({{ sorted }}) - 1) div 2",
        "size({{ sorted }}) div 2",
        "the median of an even count is its upper half",
        units_of("flagged_domains"),
    ),
    Mutant(
        "measure-least-domains",
        MEASURES,
        "10 {%- endmacro %}",
        "9 {%- endmacro %}",
        "nine domains say something about outliers",
        units_of("flagged_domains"),
    ),
    Mutant(
        "measure-least-days",
        MEASURES,
        "14 {%- endmacro %}",
        "15 {%- endmacro %}",
        "a history of 14 days is too short",
        units_of("flagged_domain_days"),
    ),
    Mutant(
        "trends-six-days",
        TRENDS,
        "range between 6 preceding",
        "range between 5 preceding",
        "a week has six days",
        units_of("daily_country_trends"),
    ),
    Mutant(
        "trends-rows",
        TRENDS,
        "range between 1 preceding and 1 preceding",
        "rows between 1 preceding and 1 preceding",
        "the day with records before stands for the day before",
        units_of("daily_country_trends"),
    ),
    Mutant(
        "trends-own-date",
        TRENDS,
        "window_days=6",
        "window_days=0",
        "a trend is recomputed for its own date only",
        MOVES,
    ),
    Mutant(
        "trends-unread", TRENDS, "days_before=6", "days_before=0", "an increment averages touched days alone", MOVES
    ),
    Mutant(
        "days-window",
        DAYS,
        "window_days=28",
        "window_days=27",
        "the last day that looks back on a change is left",
        ONE_DAY,
    ),
    Mutant("days-unread", DAYS, "days_before=28", "days_before=1", "an increment sees no history", MOVES),
    Mutant(
        "days-include-own",
        DAYS,
        "28 preceding and 1 preceding",
        "28 preceding and current row",
        "a day is part of its own history",
        units_of("flagged_domain_days"),
    ),
    Mutant(
        "days-half-away",
        DAYS,
        ">= doubled_median_gco2e",
        "> doubled_median_gco2e",
        "> for >=: exactly half the median away is not flagged",
        units_of("flagged_domain_days"),
    ),
    Mutant(
        "days-zeros",
        DAYS,
        "having sum(total_gco2e) > 0",
        "having sum(total_gco2e) >= 0",
        ">= for >: days of 0 g are judged",
        units_of("flagged_domain_days"),
    ),
    Mutant(
        "days-direction",
        DAYS,
        "'high', 'low'",
        "'low', 'high'",
        "high and low change places",
        units_of("flagged_domain_days"),
    ),
    Mutant(
        "daily-country",
        DAILY,
        "count(*) as record_count",
        "count(distinct ad_size) as record_count",
        "records of one ad size count once",
        units_of("daily_emissions"),
    ),
    Mutant(
        "flagged-sample",
        FLAGGED,
        "domain_count - 1",
        "domain_count",
        "the deviation of a population for a sample's",
        units_of("flagged_domains"),
    ),
    Mutant(
        "flagged-and",
        FLAGGED,
        "or coalesce(abs(modified_z_score)",
        "and coalesce(abs(modified_z_score)",
        "both scores must flag",
        units_of("flagged_domains"),
    ),
    Mutant(
        "top-ties",
        TOP,
        "total_gco2e desc, domain asc",
        "total_gco2e desc, domain desc",
        "ties are in the wrong order",
        units_of("top_10_domains"),
    ),
    Mutant("top-nine", TOP, "rank <= 10", "rank < 10", "< for <=: nine domains", units_of("top_10_domains")),
    Mutant(
        "coverage-modeled",
        COVERAGE,
        "where domain_coverage = 'measured'",
        "where domain_coverage <> 'measured'",
        "the share of modeled grams",
        units_of("avg_domain_coverage"),
        nth=2,
    ),
)
