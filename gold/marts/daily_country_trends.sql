{{ config(
    follows='gold.daily_by_country_device',
    window_days=6,
    checks={
        'window_is_7_days': 'days_in_average between 1 and 7',
        'is_not_negative': 'total_gco2e >= 0 and trailing_7_day_avg_gco2e >= 0'
    }
) }}

with country_days as (

    select
        activity_date,
        country_code,
        {{ total('total_gco2e') }} as total_gco2e
    from {{ ref('daily_by_country_device') }}
    where {{ touched('activity_date', days_before=6) }}
    group by activity_date, country_code

),

trends as (

    select
        activity_date,
        country_code,
        total_gco2e,
        max(total_gco2e) over (
            partition by country_code order by unix_date(activity_date) range between 1 preceding and 1 preceding
        ) as previous_day_gco2e,
        {{ average('sum(total_gco2e) over trailing_7_days', 'count(*) over trailing_7_days') }}
            as trailing_7_day_avg_gco2e,
        count(*) over trailing_7_days as days_in_average
    from country_days
    window trailing_7_days as (
        partition by country_code order by unix_date(activity_date) range between 6 preceding and current row
    )

)

select * from trends
where {{ touched('activity_date') }}
