-- The domains with the most grams and the outliers among all domains, at most :row_limit of each, with records, days
-- and the largest day; how many domains and outliers there are stands in each row.
with placed as (

    select
        *,
        count(*) over () as domain_count,
        count_if(is_outlier) over () as outlier_count,
        row_number() over (order by total_gco2e desc, domain asc) as place,
        row_number() over (partition by is_outlier order by total_gco2e desc, domain asc) as place_among_outliers
    from gold.flagged_domains

),

shown as (

    select *
    from placed
    where place <= :row_limit or (is_outlier and place_among_outliers <= :row_limit)

),

domain_days as (

    select
        daily.activity_date,
        daily.domain,
        sum(daily.record_count) as record_count,
        sum(daily.total_gco2e) as total_gco2e
    from gold.daily_by_domain_format as daily
    left semi join shown on daily.domain = shown.domain
    group by daily.activity_date, daily.domain

),

summed as (

    select
        domain,
        sum(record_count) as record_count,
        count(*) as active_days,
        max(struct(total_gco2e, activity_date, record_count)) as largest
    from domain_days
    group by domain

)

select
    shown.place,
    shown.domain,
    shown.total_gco2e,
    summed.record_count,
    summed.active_days,
    summed.largest.activity_date as largest_day,
    cast(summed.largest.total_gco2e as decimal(28, 10)) as largest_day_gco2e,
    summed.largest.record_count as largest_day_record_count,
    shown.z_score,
    shown.modified_z_score,
    shown.is_outlier,
    shown.domain_count,
    shown.outlier_count
from shown
inner join summed on shown.domain = summed.domain
order by shown.place asc
