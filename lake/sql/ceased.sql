-- Deliveries that ceased to be current after a ledger event, with what they had delivered.
select
    count(*) as delivery_count,
    coalesce(sum(deliveries.row_count), 0) as row_count,
    cast(coalesce(sum(delivered.delivered_gco2e), 0) as decimal(28, 10)) as gco2e
from bronze.deliveries as deliveries
left join audit.delivered as delivered on deliveries.delivery_id = delivered.delivery_id
where
    deliveries.status in ('superseded', 'withdrawn')
    and deliveries.event_number > :event_number
    and deliveries.row_count > 0
