-- Records and grams of a period in gold. Needs the views of lake/period.py.
select
    coalesce(sum(record_count), 0) as record_count,
    cast(coalesce(sum(total_gco2e), 0) as decimal(28, 10)) as total_gco2e
from period_of_gold_daily_emissions
where activity_date between cast(:first_day as date) and cast(:last_day as date)
