-- What changed a closed period, by cause and delivery, the most grams first. Needs the views lines (with the grain `in`
-- for records in the period) and ledger_after. A period that was released is over, so what comes new to it comes late;
-- and a record whose delivery stayed gave way to one of the same identity outside of the period, or took its place.
with in_period as (

    select
        *,
        case cause
            when 'new_delivery' then 'late_delivery'
            when 'unfinished_run' then 'other_period'
            else cause
        end as closed_cause
    from lines
    where grain = 'in'

)

select
    in_period.closed_cause as cause,
    in_period.cause_delivery_id as delivery_id,
    ledger_after.path,
    sum(in_period.record_count) as record_change,
    cast(sum(in_period.total_gco2e) as decimal(28, 10)) as change_gco2e
from in_period
left join ledger_after on in_period.cause_delivery_id = ledger_after.delivery_id
group by in_period.closed_cause, in_period.cause_delivery_id, ledger_after.path
order by abs(change_gco2e) desc, cause asc, delivery_id asc
