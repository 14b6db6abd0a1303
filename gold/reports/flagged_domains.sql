{{ config(follows='gold.daily_by_domain_format', by_date=false) }}

with domains as (

    select
        domain,
        {{ total('total_gco2e') }} as total_gco2e
    from {{ ref('daily_by_domain_format') }}
    group by domain

),

measured as (

    select
        *,
        cast(total_gco2e as double) as grams,
        count(*) over () as domain_count,
        min(total_gco2e) over () < max(total_gco2e) over () as differ,
        avg(cast(total_gco2e as double)) over () as mean_grams,
        stddev_samp(cast(total_gco2e as double)) over () as deviation_grams,
        median(cast(total_gco2e as double)) over () as median_grams
    from domains

),

deviating as (

    select
        *,
        median(abs(grams - median_grams)) over () as median_deviation_grams,
        avg(abs(grams - median_grams)) over () as mean_deviation_grams
    from measured

),

scored as (

    select
        domain,
        total_gco2e,
        domain_count,
        -- equal totals have no deviation, whatever floating point makes of it
        if(differ, try_divide(grams - mean_grams, deviation_grams), null) as z_score,
        if(
            differ,
            {{ modified_z_score('grams', 'median_grams', 'median_deviation_grams', 'mean_deviation_grams') }},
            null
        ) as modified_z_score
    from deviating

)

select
    domain,
    total_gco2e,
    z_score,
    modified_z_score,
    domain_count >= {{ least_domains() }}
    and (
        coalesce(abs(z_score) > {{ z_limit() }}, false)
        or coalesce(abs(modified_z_score) > {{ modified_z_limit() }}, false)
    ) as is_outlier
from scored
