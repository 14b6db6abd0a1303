-- The state of the lake as samples of metrics (lake/monitor.py). Grams are decimals to the end, so values are text.
with last_run as (

    select *
    from audit.runs
    order by started_at desc, run_id desc
    limit 1

),

last_success as (

    select *
    from audit.runs
    where status = 'succeeded'
    order by started_at desc, run_id desc
    limit 1

),

-- a run that failed early left none: the newest there is holds still
account as (

    select audit.conservation.*
    from audit.conservation
    inner join audit.runs on audit.conservation.run_id = audit.runs.run_id
    order by audit.runs.started_at desc, audit.runs.run_id desc
    limit 1

),

fates as (

    select
        stack(
            5,
            'delivered', delivered_rows, delivered_gco2e,
            'silver', silver_rows, silver_gco2e,
            'quarantined', quarantined_rows, quarantined_gco2e,
            'duplicate', duplicate_rows, duplicate_gco2e,
            'superseded', superseded_rows, superseded_gco2e
        ) as (fate, row_count, weight_gco2e)
    from account

),

samples as (

    select
        stack(
            3,
            'lakehouse_last_run_succeeded', string(int(status = 'succeeded')),
            'lakehouse_last_run_started_timestamp_seconds', string(unix_millis(started_at) / 1000BD),
            'lakehouse_last_run_duration_seconds', string((unix_millis(finished_at) - unix_millis(started_at)) / 1000BD)
        ) as (metric, value),
        '' as label,
        '' as labelled
    from last_run

    union all

    select
        stack(
            2,
            'lakehouse_last_success_timestamp_seconds', string(unix_millis(finished_at) / 1000BD),
            'lakehouse_readers_see_last_success', string(int(counts['publication'] = :publication))
        ) as (metric, value),
        '' as label,
        '' as labelled
    from last_success

    union all

    select
        'lakehouse_published_run_started_timestamp_seconds' as metric,
        string(unix_millis(started_at) / 1000BD) as value,
        '' as label,
        '' as labelled
    from audit.runs
    where run_id = :published_run

    union all

    select
        stack(
            2,
            'lakehouse_rows', string(row_count),
            'lakehouse_gco2e', string(weight_gco2e)
        ) as (metric, value),
        'fate' as label,
        fate as labelled
    from fates

    union all

    select
        stack(
            2,
            'lakehouse_unweighable_rows', string(unweighable_rows),
            'lakehouse_balanced', string(int(balanced))
        ) as (metric, value),
        '' as label,
        '' as labelled
    from account

    union all

    select
        'lakehouse_runs' as metric,
        string(count(*)) as value,
        'status' as label,
        status as labelled
    from audit.runs
    group by status

    union all

    select
        'lakehouse_deliveries' as metric,
        string(count(ledger.delivery_id)) as value,
        'status' as label,
        known.status as labelled
    from values ('loaded'), ('rejected'), ('superseded'), ('withdrawn') as known (status)
    left join bronze.deliveries as ledger on known.status = ledger.status
    group by known.status

)

select *
from samples
where value is not null
