{{ config(
    follows='gold.daily_emissions',
    checks={
        'shares_sum_to_one': 'if(total_gco2e = 0, ad_selection_share is null, '
            'abs(ad_selection_share + creative_distribution_share + media_distribution_share - 1) <= 1e-9)'
    }
) }}

with daily as (

    select * from {{ ref('daily_emissions') }}
    where {{ touched('activity_date') }}

)

select
    activity_date,
    domain,
    {{ share('sum(ad_selection_gco2e)', 'sum(total_gco2e)') }} as ad_selection_share,
    {{ share('sum(creative_distribution_gco2e)', 'sum(total_gco2e)') }} as creative_distribution_share,
    {{ share('sum(media_distribution_gco2e)', 'sum(total_gco2e)') }} as media_distribution_share,
    {{ total('total_gco2e') }} as total_gco2e
from daily
group by activity_date, domain
