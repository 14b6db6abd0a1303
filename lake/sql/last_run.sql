-- The newest run; the last ledger event that a successful one took in, parts of the run at hand left out; and which
-- identities of the run at hand are taken: its own, and `.2`, `.3`, ... after it.
with marked as (

    select
        *,
        run_id = :run_id or (
            startswith(run_id, concat(:run_id, '.')) and substr(run_id, length(:run_id) + 2) rlike '^[0-9]+$'
        ) as is_own,
        status = 'succeeded' and steps in ('run', 'build') as is_whole
    from audit.runs

)

select
    * except (is_own, is_whole),
    max_by(
        if(status = 'succeeded' and (is_whole or not is_own), counts['ledger_event'], null),
        if(status = 'succeeded' and (is_whole or not is_own), started_at, null)
    ) over () as last_event,
    collect_set(if(is_own and is_whole, run_id, null)) over () as taken
from marked
order by started_at desc, run_id desc
limit 1
