-- Whether the ledger has events that the last successful run did not take in. Needs the view kept_runs.
with runs as (

    select max(counts['ledger_event']) as last_event
    from kept_runs
    where status = 'succeeded'

),

ledger as (

    select coalesce(max(event_number), 0) as last_event
    from bronze.deliveries

)

select runs.last_event is null or ledger.last_event > runs.last_event as pending
from runs
cross join ledger
