"""Answers that the BI endpoint keeps: the same rows, and never of what changes by itself.

That a publication ends what was kept tests/bi/test_running.py shows, by asking the same until one has come.
"""

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.classic import dataframe as classic

from lake import published
from tests.conftest import TestLake

DAYS = "published.daily_emissions"
BY_DAY = (
    f"select activity_date, sum(total_gco2e) as total_gco2e from {DAYS} group by activity_date order by activity_date"
)


@pytest.fixture(scope="module", autouse=True)
def shown(bi_lake: TestLake) -> None:
    """The session of the tests sees what was published, as the server's does."""
    published.show(bi_lake.spark, bi_lake.settings.lake_path)


def asked(spark: SparkSession, query: str) -> tuple[DataFrame, Any]:
    """A query, and what the rule has Spark carry out for it when it is asked."""
    frame = spark.sql(query)
    rule = spark._jvm.lakehouse.Answers(spark._jsparkSession)
    return frame, rule.apply(frame._jdf.queryExecution().analyzed())


def is_kept(spark: SparkSession, query: str) -> bool:
    """Whether an answer is given in place of reading, once a question has been asked often enough; it must be the answer."""
    for _ in range(3):
        frame, given = asked(spark, query)
    if given.getClass().getSimpleName() != "LocalRelation":
        return False
    answer = classic.DataFrame(
        spark._jvm.org.apache.spark.sql.classic.Dataset.ofRows(spark._jsparkSession, given), spark
    )
    assert answer.schema == frame.schema
    assert answer.collect() == frame.collect()
    return True


@pytest.mark.parametrize(
    "query",
    [
        BY_DAY,
        f"with days as ({BY_DAY}) select max(total_gco2e) as most from days",
        f"select count(*) as rows from {DAYS} where total_gco2e > (select avg(total_gco2e) from {DAYS})",
        "select measure(record_count) as record_count from published.emissions_metrics",
        "select * from published.top_10_domains order by rank",
        f"select (select max(total_gco2e) from {DAYS}) as most",
        f"select domain from {DAYS} where domain = 'nowhere.example'",
    ],
)
def test_what_is_asked_again_is_kept(bi_lake: TestLake, query: str) -> None:
    assert is_kept(bi_lake.spark, query)
    jobs = bi_lake.jobs()
    asked(bi_lake.spark, query)
    assert bi_lake.jobs() == jobs, "nothing is read for it"


@pytest.mark.parametrize(
    "query",
    [
        f"select count(*), current_timestamp() from {DAYS}",
        f"select count(*) from {DAYS} where activity_date < current_date()",
        f"select count(*) from {DAYS} where activity_date < (select current_date())",
        f"select count(*), max(current_user()) from {DAYS}",
        f"select domain, rand(7) as chance from {DAYS} limit 5",
        f"select count(*) from {DAYS} where (select rand(7) from {DAYS} limit 1) >= 0",
        "select sum(total_gco2e) from gold.daily_emissions",
        f"select count(*) from {DAYS} where record_count < (select max(record_count) from gold.daily_emissions)",
        f"select a.domain from {DAYS} as a cross join {DAYS} as b limit 2000",
        f"select (select max(total_gco2e) from {DAYS}) as most, current_timestamp() as now",
        "select (select max(total_gco2e) from gold.daily_emissions) as most",
        "select 1",
    ],
)
def test_what_may_change_or_is_long_is_not_kept(bi_lake: TestLake, query: str) -> None:
    assert not is_kept(bi_lake.spark, query)


def test_other_questions_have_other_answers(bi_lake: TestLake) -> None:
    """Whatever may differ of two questions; names of columns alone are the asker's own."""
    spark = bi_lake.spark
    questions = [
        f"select count(*) as rows from {DAYS} where activity_date = date'2025-07-01'",
        f"select count(*) as number from {DAYS} where activity_date = date'2025-07-01'",
        f"select count(*) as rows from {DAYS} where activity_date = date'2025-07-09'",
        f"select count(*) as rows from {DAYS} where activity_date >= date'2025-07-01'",
        f"select count(domain) as rows from {DAYS} where domain = 'site1.example'",
        f"select sum(record_count) as rows from {DAYS} where domain = 'site1.example'",
        "select sum(record_count) as rows from published.daily_by_country_device",
    ]
    assert all(is_kept(spark, question) for question in questions + questions[::-1])


def test_a_question_that_fails_is_asked_anew(bi_lake: TestLake) -> None:
    failing = f"select sum(1 / (record_count - record_count)) from {DAYS}"
    asked(bi_lake.spark, failing)  # the first time it is Spark that is asked, later
    for _ in range(2):
        with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
            asked(bi_lake.spark, failing)
