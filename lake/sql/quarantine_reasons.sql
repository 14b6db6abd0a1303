-- What was refused, by reason and delivery: rows and what is known of their grams. A row can be refused for several
-- reasons, so the reasons may add up to more than the rows.
with refused as (

    select
        delivery_id,
        weight_gco2e,
        explode(reasons) as reason
    from silver.quarantine
    where :reason is null or array_contains(reasons, cast(:reason as string))

)

select
    refused.reason,
    deliveries.path,
    refused.delivery_id,
    count(*) as row_count,
    cast(coalesce(sum(refused.weight_gco2e), 0) as decimal(28, 10)) as weight_gco2e,
    count_if(refused.weight_gco2e is null) as unweighable_rows
from refused
inner join bronze.deliveries as deliveries on refused.delivery_id = deliveries.delivery_id
where :path is null or deliveries.path = :path
group by refused.reason, deliveries.path, refused.delivery_id
order by row_count desc, refused.reason asc, refused.delivery_id asc
