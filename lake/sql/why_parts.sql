-- What a slice is made of and what was left out of it, over all its records: by place, by place and delivery
-- (`delivery_id` set) and by reason (`reason` set; a row can have several). Needs the view slice.
with summed as (

    select
        place,
        delivery_id,
        cast(null as string) as reason,
        count(*) as row_count,
        coalesce(sum(weight_gco2e), 0) as weight_gco2e,
        count_if(weight_gco2e is null) as unweighable_rows
    from slice
    group by grouping sets ((place), (place, delivery_id))

    union all

    select
        place,
        cast(null as bigint) as delivery_id,
        reason,
        count(*) as row_count,
        coalesce(sum(weight_gco2e), 0) as weight_gco2e,
        count_if(weight_gco2e is null) as unweighable_rows
    from slice
        lateral view explode(reasons) as reason
    where place in ('quarantined', 'unplaced')
    group by place, reason

)

select
    summed.place,
    summed.delivery_id,
    deliveries.path,
    deliveries.content_sha256,
    deliveries.superseded_by,
    summed.reason,
    summed.row_count,
    cast(summed.weight_gco2e as decimal(28, 10)) as weight_gco2e,
    summed.unweighable_rows
from summed
left join bronze.deliveries as deliveries on summed.delivery_id = deliveries.delivery_id
order by
    array_position(array('silver', 'quarantined', 'unplaced', 'duplicate', 'superseded', 'withdrawn'), summed.place),
    summed.delivery_id nulls first,
    summed.reason
