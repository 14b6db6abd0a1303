-- What caused a change, between two runs or of a closed period, by cause and delivery, the most grams first. Needs the
-- views lines and ledger_after.
select
    lines.cause,
    lines.cause_delivery_id as delivery_id,
    ledger_after.path,
    sum(lines.record_count) as record_change,
    cast(sum(lines.total_gco2e) as decimal(28, 10)) as change_gco2e
from lines
left join ledger_after on lines.cause_delivery_id = ledger_after.delivery_id
group by lines.cause, lines.cause_delivery_id, ledger_after.path
order by abs(change_gco2e) desc, lines.cause asc, delivery_id asc
