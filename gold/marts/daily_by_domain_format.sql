{{ config(
    follows='gold.daily_emissions',
    checks={
        'counts_records': 'record_count > 0',
        'is_not_negative': 'total_gco2e >= 0 and avg_gco2e >= 0'
    }
) }}

with daily as (

    select * from {{ ref('daily_emissions') }}
    where {{ touched('activity_date') }}

)

select
    activity_date,
    domain,
    ad_format,
    sum(record_count) as record_count,
    {{ total('total_gco2e') }} as total_gco2e,
    {{ average('sum(total_gco2e)', 'sum(record_count)') }} as avg_gco2e
from daily
group by activity_date, domain, ad_format
