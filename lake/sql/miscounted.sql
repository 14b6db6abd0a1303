-- Delivery versions of which bronze does not hold the records that the ledger counted.
with counted as (

    select
        delivery_id,
        count(*) as row_count
    from bronze.emissions
    group by delivery_id

)

select
    coalesce(deliveries.delivery_id, counted.delivery_id) as delivery_id,
    deliveries.path,
    coalesce(deliveries.row_count, 0) as ledger_rows,
    coalesce(counted.row_count, 0) as bronze_rows
from bronze.deliveries as deliveries
full outer join counted on deliveries.delivery_id = counted.delivery_id
where coalesce(deliveries.row_count, 0) <> coalesce(counted.row_count, 0)
order by delivery_id
