-- The whole lake in one row, what this run had refused, and what ceased to be current after a ledger event. Needs the
-- view accounts (conservation_by_delivery.sql).
with weighed as (

    select
        *,
        concat(coalesce(path, 'no delivery'), ' (delivery ', delivery_id, ')') as name,
        delivered_rows <> silver_rows + quarantined_rows + duplicate_rows + superseded_rows
        or delivered_gco2e <> silver_gco2e + quarantined_gco2e + duplicate_gco2e + superseded_gco2e as is_unbalanced,
        superseded_rows > 0 and event_number > :event_number as has_ceased
    from accounts

)

select
    :run_id as run_id,
    coalesce(sum(delivered_rows), 0) as delivered_rows,
    cast(coalesce(sum(delivered_gco2e), 0) as decimal(28, 10)) as delivered_gco2e,
    coalesce(sum(silver_rows), 0) as silver_rows,
    cast(coalesce(sum(silver_gco2e), 0) as decimal(28, 10)) as silver_gco2e,
    coalesce(sum(quarantined_rows), 0) as quarantined_rows,
    cast(coalesce(sum(quarantined_gco2e), 0) as decimal(28, 10)) as quarantined_gco2e,
    coalesce(sum(duplicate_rows), 0) as duplicate_rows,
    cast(coalesce(sum(duplicate_gco2e), 0) as decimal(28, 10)) as duplicate_gco2e,
    coalesce(sum(superseded_rows), 0) as superseded_rows,
    cast(coalesce(sum(superseded_gco2e), 0) as decimal(28, 10)) as superseded_gco2e,
    coalesce(sum(unweighable_rows), 0) as unweighable_rows,
    -- by delivery, so that one delivery's loss does not hide behind another's gain
    count_if(is_unbalanced) = 0 as balanced,
    slice(array_sort(array_compact(collect_list(if(is_unbalanced, name, null)))), 1, 5) as unbalanced_deliveries,
    coalesce(sum(if(run_id = :run_id, quarantined_rows, 0)), 0) as refused_rows,
    count_if(has_ceased) as ceased_deliveries,
    coalesce(sum(if(has_ceased, superseded_rows, 0)), 0) as ceased_rows,
    cast(coalesce(sum(if(has_ceased, superseded_gco2e, 0)), 0) as decimal(28, 10)) as ceased_gco2e
from weighed
