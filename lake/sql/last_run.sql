-- The newest run, and the last ledger event that a successful one took in.
select
    *,
    max_by(
        if(status = 'succeeded', counts['ledger_event'], null), if(status = 'succeeded', started_at, null)
    ) over () as last_event
from audit.runs
order by started_at desc, run_id desc
limit 1
