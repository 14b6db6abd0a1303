{{ config(
    follows='silver.emissions',
    checks={
        'counts_records': 'record_count > 0',
        'total_is_sum':
            'total_gco2e = ad_selection_gco2e + creative_distribution_gco2e + media_distribution_gco2e'
    }
) }}

with records as (

    select * from {{ ref('emissions') }}
    where {{ touched('activity_date') }}

)

select
    activity_date,
    domain,
    country_code,
    ad_format,
    device,
    domain_coverage,
    count(*) as record_count,
    {{ total('ad_selection_gco2e') }} as ad_selection_gco2e,
    {{ total('creative_distribution_gco2e') }} as creative_distribution_gco2e,
    {{ total('media_distribution_gco2e') }} as media_distribution_gco2e,
    {{ total('total_gco2e') }} as total_gco2e
from records
group by activity_date, domain, country_code, ad_format, device, domain_coverage
