-- Whether runs after the released one have taken something in that the release did not know, or were of other code, and
-- the version of every table as the last run left it. Needs the views runs_now, ledger_now and ledger_released.
with since as (

    select
        runs_now.*,
        runs_now.finished_at
        >= max(if(runs_now.run_id = :run_id, runs_now.finished_at, null)) over () as is_later
    from runs_now

),

events as (

    select
        coalesce((select max(ledger_now.event_number) from ledger_now), 0) as event_now,
        coalesce((select max(ledger_released.event_number) from ledger_released), 0) as event_released

),

runs as (

    select
        count(distinct if(is_later, code_version, null)) as codes,
        max_by(table_versions, finished_at) as table_versions
    from since

)

select
    events.event_now > events.event_released or runs.codes > 1 as has_news,
    runs.table_versions
from runs
cross join events
