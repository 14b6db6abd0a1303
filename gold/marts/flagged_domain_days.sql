{{ config(
    follows='gold.daily_by_domain_format',
    window_days=28,
    checks={
        'history_is_14_to_28_days': 'history_days between ' ~ least_history_days() ~ ' and 28',
        'score_is_beyond_limit': 'abs(modified_z_score) > ' ~ modified_z_limit()
    }
) }}

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
        array_sort(collect_list(total_gco2e) over days_before) as past_totals_gco2e,
        array_sort(collect_list(record_count) over days_before) as past_record_counts
    from domain_days
    window days_before as (
        partition by domain order by unix_date(activity_date) range between 28 preceding and 1 preceding
    )

),

-- inline() keeps the optimizer from copying these expressions into every place that reads their results
medians as (

    select
        histories.*,
        computed.*
    from histories
        lateral view inline(array(named_struct(
            'history_days', size(past_totals_gco2e),
            'log_total', ln(cast(total_gco2e as double)),
            'past_logs', transform(past_totals_gco2e, past_total -> ln(cast(past_total as double)))
        ))) computed
    where size(histories.past_totals_gco2e) >= {{ least_history_days() }}

),

deviations as (

    select
        medians.*,
        computed.*
    from medians
        lateral view inline(transform(
            array({{ doubled_median('past_logs') }} / 2),
            median_log -> named_struct(
                'median_log', median_log,
                'log_deviations', array_sort(transform(past_logs, past_log -> abs(past_log - median_log)))
            )
        )) computed

),

scored as (

    select
        deviations.*,
        computed.*
    from deviations
        lateral view inline(array(named_struct(
            'doubled_median_gco2e', {{ doubled_median('past_totals_gco2e') }},
            'median_record_count', cast({{ doubled_median('past_record_counts') }} as double) / 2,
            'modified_z_score', {{ modified_z_score(
            'log_total', 'median_log', '(' ~ doubled_median('log_deviations') ~ ' / 2)',
            '(aggregate(log_deviations, 0D, (running, deviation) -> running + deviation) / history_days)'
        ) }}
        ))) computed

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
