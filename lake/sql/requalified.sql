-- What moved into quarantine (refused) and out of it (taken in), by the reasons that a row has or had, among deliveries
-- that were judged before and are now. Needs the views quarantine_before and delivered_before.
with compared as (

    select delivered.delivery_id
    from audit.delivered
    left semi join delivered_before on delivered.delivery_id = delivered_before.delivery_id
    left semi join bronze.deliveries on delivered.delivery_id = deliveries.delivery_id and deliveries.status = 'loaded'

),

refused as (

    select
        'refused' as direction,
        quarantine.*
    from silver.quarantine
    left anti join quarantine_before
        on
            quarantine.delivery_id = quarantine_before.delivery_id
            and quarantine.record_number = quarantine_before.record_number

),

taken_in as (

    select
        'taken in' as direction,
        quarantine_before.*
    from quarantine_before
    left anti join silver.quarantine
        on
            quarantine_before.delivery_id = quarantine.delivery_id
            and quarantine_before.record_number = quarantine.record_number

),

moved as (

    select
        direction,
        delivery_id,
        reasons,
        weight_gco2e
    from refused

    union all

    select
        direction,
        delivery_id,
        reasons,
        weight_gco2e
    from taken_in

)

select
    moved.direction,
    array_join(array_sort(moved.reasons), ', ') as reasons,
    count(*) as row_count,
    cast(coalesce(sum(moved.weight_gco2e), 0) as decimal(28, 10)) as weight_gco2e
from moved
left semi join compared on moved.delivery_id = compared.delivery_id
group by moved.direction, array_join(array_sort(moved.reasons), ', ')
order by moved.direction asc, row_count desc, reasons asc
