-- One row a delivery: what it delivered and where its rows are now. Delivered is counted apart from silver.
with placed as (

    select
        delivery_id,
        count(*) as silver_rows,
        sum(total_gco2e) as silver_gco2e,
        0 as quarantined_rows,
        0 as quarantined_gco2e,
        0 as duplicate_rows,
        0 as duplicate_gco2e
    from silver.emissions
    group by delivery_id

    union all

    select
        delivery_id,
        0 as silver_rows,
        0 as silver_gco2e,
        count(*) as quarantined_rows,
        coalesce(sum(weight_gco2e), 0) as quarantined_gco2e,
        0 as duplicate_rows,
        0 as duplicate_gco2e
    from silver.quarantine
    group by delivery_id

    union all

    select
        delivery_id,
        0 as silver_rows,
        0 as silver_gco2e,
        0 as quarantined_rows,
        0 as quarantined_gco2e,
        count(*) as duplicate_rows,
        sum(total_gco2e) as duplicate_gco2e
    from silver.duplicates
    group by delivery_id

),

totals as (

    select
        delivery_id,
        sum(silver_rows) as silver_rows,
        sum(silver_gco2e) as silver_gco2e,
        sum(quarantined_rows) as quarantined_rows,
        sum(quarantined_gco2e) as quarantined_gco2e,
        sum(duplicate_rows) as duplicate_rows,
        sum(duplicate_gco2e) as duplicate_gco2e
    from placed
    group by delivery_id

),

accounts as (

    select
        coalesce(deliveries.delivery_id, totals.delivery_id) as delivery_id,
        deliveries.path,
        deliveries.run_id,
        deliveries.event_number,
        coalesce(deliveries.status, 'unknown') in ('superseded', 'withdrawn') as is_superseded,
        coalesce(deliveries.row_count, 0) as delivered_rows,
        coalesce(delivered.delivered_gco2e, 0) as delivered_gco2e,
        coalesce(delivered.unweighable_rows, 0) as unweighable_rows,
        coalesce(totals.silver_rows, 0) as silver_rows,
        coalesce(totals.silver_gco2e, 0) as silver_gco2e,
        coalesce(totals.quarantined_rows, 0) as quarantined_rows,
        coalesce(totals.quarantined_gco2e, 0) as quarantined_gco2e,
        coalesce(totals.duplicate_rows, 0) as duplicate_rows,
        coalesce(totals.duplicate_gco2e, 0) as duplicate_gco2e
    from bronze.deliveries as deliveries
    left join audit.delivered as delivered on deliveries.delivery_id = delivered.delivery_id
    full outer join totals on deliveries.delivery_id = totals.delivery_id

)

select
    delivery_id,
    path,
    run_id,
    event_number,
    delivered_rows,
    cast(delivered_gco2e as decimal(28, 10)) as delivered_gco2e,
    silver_rows,
    cast(silver_gco2e as decimal(28, 10)) as silver_gco2e,
    quarantined_rows,
    cast(quarantined_gco2e as decimal(28, 10)) as quarantined_gco2e,
    duplicate_rows,
    cast(duplicate_gco2e as decimal(28, 10)) as duplicate_gco2e,
    if(is_superseded, delivered_rows, 0L) as superseded_rows,
    cast(if(is_superseded, delivered_gco2e, 0) as decimal(28, 10)) as superseded_gco2e,
    unweighable_rows
from accounts
