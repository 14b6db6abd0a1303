{{ config(
    follows='gold.daily_emissions',
    by_date=false,
    key='ad_format',
    checks={
        'shares_are_parts': 'measured_record_share between 0 and 1 and coalesce(measured_emission_share between 0 and 1, true)'
    }
) }}

with daily as (

    select * from {{ ref('daily_emissions') }}

)

select
    ad_format,
    sum(record_count) as record_count,
    {{ share("coalesce(sum(record_count) filter (where domain_coverage = 'measured'), 0)", 'sum(record_count)') }}
        as measured_record_share,
    {{ share("coalesce(sum(total_gco2e) filter (where domain_coverage = 'measured'), 0)", 'sum(total_gco2e)') }}
        as measured_emission_share
from daily
group by ad_format
