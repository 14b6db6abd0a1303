-- Corrections of records that are not in the quarantine, or whose delivery is not current any more. Needs the view
-- corrections.
with refused as (

    select
        quarantine.delivery_id,
        quarantine.record_number
    from silver.quarantine as quarantine
    inner join bronze.deliveries as deliveries
        on quarantine.delivery_id = deliveries.delivery_id and deliveries.status = 'loaded'

)

select
    corrections.delivery_id,
    corrections.record_number
from corrections
left anti join refused
    on corrections.delivery_id = refused.delivery_id and corrections.record_number = refused.record_number
order by corrections.delivery_id, corrections.record_number
limit 1
