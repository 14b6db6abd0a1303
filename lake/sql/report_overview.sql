-- Records and grams of every day (`country_code` NULL), and of every country (`activity_date` NULL) with its first,
-- last and largest day and how many days have records.
with country_days as (

    select
        activity_date,
        country_code,
        sum(record_count) as record_count,
        sum(total_gco2e) as total_gco2e
    from gold.daily_by_country_device
    group by activity_date, country_code

)

select
    activity_date,
    country_code,
    sum(record_count) as record_count,
    cast(sum(total_gco2e) as decimal(28, 10)) as total_gco2e,
    min(activity_date) as first_day,
    max(activity_date) as last_day,
    max(struct(total_gco2e, activity_date)).activity_date as largest_day,
    count(*) as active_days
from country_days
group by grouping sets ((activity_date), (country_code))
order by activity_date asc, total_gco2e desc, country_code asc
