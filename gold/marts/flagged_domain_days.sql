{{ config(follows='gold.daily_by_domain_format', window_days=28) }}

with domain_days as (

    select
        activity_date,
        domain,
        sum(record_count) as record_count,
        {{ total('total_gco2e') }} as total_gco2e
    from {{ ref('daily_by_domain_format') }}
    where {{ touched('activity_date', days_before=28) }}
    group by activity_date, domain
    having sum(total_gco2e) > 0

),

histories as (

    select
        *,
        collect_list(total_gco2e) over days_before as history_totals_gco2e,
        collect_list(record_count) over days_before as history_record_counts
    from domain_days
    window days_before as (
        partition by domain order by unix_date(activity_date) range between 28 preceding and 1 preceding
    )

),

medians as (

    select
        activity_date,
        domain,
        record_count,
        total_gco2e,
        size(history_totals_gco2e) as history_days,
        ln(cast(total_gco2e as double)) as log_total,
        {{ doubled_median('history_totals_gco2e', 'decimal(28, 10)') }} as doubled_median_gco2e,
        transform(history_totals_gco2e, day_total -> ln(cast(day_total as double))) as history_logs,
        cast({{ doubled_median('history_record_counts', 'bigint') }} as double) / 2 as median_record_count
    from histories
    where size(history_totals_gco2e) >= {{ least_history_days() }}

),

deviations as (

    select
        *,
        transform(history_logs, day_log -> abs(day_log - {{ doubled_median('history_logs', 'double') }} / 2))
            as log_deviations,
        {{ doubled_median('history_logs', 'double') }} / 2 as median_log
    from medians

),

scored as (

    select
        *,
        {{ modified_z_score(
            'log_total', 'median_log', doubled_median('log_deviations', 'double') ~ ' / 2',
            '(aggregate(log_deviations, 0D, (running, deviation) -> running + deviation) / history_days)'
        ) }} as modified_z_score
    from deviations

)

select
    activity_date,
    domain,
    total_gco2e,
    cast(doubled_median_gco2e / 2 as decimal(28, 10)) as median_gco2e,
    modified_z_score,
    if(2 * total_gco2e > doubled_median_gco2e, 'high', 'low') as direction,
    history_days,
    record_count,
    median_record_count
from scored
where
    abs(modified_z_score) > {{ modified_z_limit() }}
    -- |total - median| >= median / 2, exactly
    and 2 * abs(2 * total_gco2e - doubled_median_gco2e) >= doubled_median_gco2e
    and {{ touched('activity_date') }}
