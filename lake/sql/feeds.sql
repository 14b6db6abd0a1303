-- One feed: deliveries whose paths differ in digits (or digests) alone. Whether the next one is late, and whether the
-- newest one has unusually few records. Rejected versions are no deliveries; superseded and withdrawn ones came, too.
with arrivals as (

    select
        regexp_replace(path, '[0-9a-f]{8,}|[0-9]+', '#') as feed,
        path,
        delivery_id,
        row_count,
        loaded_at,
        date(loaded_at) as loaded_on
    from bronze.deliveries
    where status <> 'rejected'

),

days as (

    select
        feed,
        loaded_on,
        date_diff(loaded_on, lag(loaded_on) over (partition by feed order by loaded_on)) as days_since_last,
        row_number() over (partition by feed order by loaded_on desc) as days_back
    from arrivals
    group by feed, loaded_on

),

-- the longest of the last ten waits: a feed of working days has a weekend in it
rhythms as (

    select
        feed,
        count(days_since_last) as wait_count,
        max(days_since_last) as longest_wait_days
    from days
    where days_back <= 10
    group by feed

),

numbered as (

    select
        *,
        row_number() over (partition by feed order by delivery_id desc) as deliveries_back
    from arrivals

),

volumes as (

    select
        feed,
        max(loaded_at) as last_loaded_at,
        max_by(path, delivery_id) as last_path,
        max_by(row_count, delivery_id) as last_row_count,
        count_if(deliveries_back between 2 and 11) as compared_count,
        percentile(if(deliveries_back between 2 and 11, row_count, null), 0.5) as usual_row_count
    from numbered
    group by feed

),

-- thresholds and their reasons: docs/monitoring.md
judged as (

    select
        volumes.feed,
        volumes.last_path,
        volumes.last_loaded_at,
        volumes.last_row_count,
        if(volumes.compared_count >= 5, volumes.usual_row_count, null) as usual_row_count,
        if(rhythms.wait_count >= 5, rhythms.longest_wait_days, null) as longest_wait_days,
        if(
            rhythms.wait_count >= 5,
            volumes.last_loaded_at + make_dt_interval(0, 30 * rhythms.longest_wait_days),
            null
        ) as due_at
    from volumes
    inner join rhythms on volumes.feed = rhythms.feed

)

select
    *,
    due_at < cast(:now as timestamp) as is_late,
    last_row_count < 0.5 * usual_row_count as is_small
from judged
order by feed
