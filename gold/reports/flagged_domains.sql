{{ config(follows='gold.daily_by_domain_format', by_date=false, key='domain') }}

with domains as (

    select
        domain,
        {{ total('total_gco2e') }} as total_gco2e,
        cast(sum(total_gco2e) as double) as grams
    from {{ ref('daily_by_domain_format') }}
    group by domain

),

-- sums of floating point depend on their order, so each runs over a sorted array: same domains, same scores
all_domains as (

    select
        count(*) as domain_count,
        min(total_gco2e) < max(total_gco2e) as differ,
        cast(sum(total_gco2e) as double) / count(*) as mean_grams,
        array_sort(collect_list(grams)) as sorted_grams
    from domains

),

centred as (

    select
        *,
        if(domain_count > 0, {{ doubled_median('sorted_grams') }} / 2, null) as median_grams,
        sqrt(try_divide(
            aggregate(sorted_grams, 0D, (squares, grams) -> squares + (grams - mean_grams) * (grams - mean_grams)),
            domain_count - 1
        )) as deviation_grams
    from all_domains

),

deviating as (

    select
        *,
        array_sort(transform(sorted_grams, grams -> abs(grams - median_grams))) as sorted_deviations_grams
    from centred

),

measured as (

    select
        *,
        if(domain_count > 0, {{ doubled_median('sorted_deviations_grams') }} / 2, null) as median_deviation_grams,
        try_divide(
            aggregate(sorted_deviations_grams, 0D, (running, deviation) -> running + deviation), domain_count
        ) as mean_deviation_grams
    from deviating

),

scored as (

    select
        domains.domain,
        domains.total_gco2e,
        measured.domain_count,
        -- equal totals have no deviation, whatever floating point makes of it
        if(
            measured.differ,
            try_divide(domains.grams - measured.mean_grams, measured.deviation_grams),
            null
        ) as z_score,
        if(
            measured.differ,
            {{ modified_z_score(
                'domains.grams', 'measured.median_grams', 'measured.median_deviation_grams',
                'measured.mean_deviation_grams'
            ) }},
            null
        ) as modified_z_score
    from domains
    cross join measured

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
