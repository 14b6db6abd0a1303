-- Systematic sampling with probability proportional to size, in whole numbers throughout. The items lie end to end in
-- their order on a line of all_units, on which n points stand an interval of all_units / n apart, the first at
-- start / n with 0 <= start < all_units. An item is drawn by the points on it: everything is multiplied by n, so that
-- point k stands at start + k x all_units, and the points below a place x are those with start + k x all_units < x.
-- Needs the view population. Buckets follow each other as their items do, so that no task has to sort them all.
with sized as (

    select
        *,
        cast(cast(size_gco2e as decimal(24, 10)) * 10000000000BD as decimal(38, 0)) as units
    from population

),

buckets as (

    select
        bucket,
        sum(units) as bucket_units
    from sized
    group by bucket

),

places as (

    select
        bucket,
        sum(bucket_units) over (order by bucket) - bucket_units as units_before
    from buckets

),

laid as (

    select
        sized.*,
        cast(
            places.units_before + sum(sized.units) over (partition by sized.bucket order by sized.item_key)
            as decimal(38, 0)
        ) as units_through
    from sized
    inner join places on sized.bucket = places.bucket

),

pointed as (

    select
        *,
        cast(:n * units as decimal(38, 0)) as scaled_units,
        -- one interval is added to both, so that neither is below zero
        cast(
            :n * units_through - 1 - cast(:start as decimal(38, 0)) + cast(:all_units as decimal(38, 0))
            as decimal(38, 0)
        )
        div cast(:all_units as decimal(38, 0)) as points_through,
        cast(
            :n * (units_through - units) - 1 - cast(:start as decimal(38, 0)) + cast(:all_units as decimal(38, 0))
            as decimal(38, 0)
        )
        div cast(:all_units as decimal(38, 0)) as points_before
    from laid

)

select
    place,
    delivery_id,
    record_number,
    record_key,
    weight_gco2e,
    size_gco2e,
    reasons,
    points_through - points_before as points,
    scaled_units >= cast(:all_units as decimal(38, 0)) as is_certain,
    cast(units as string) as units,
    row_number() over (order by bucket, item_key) as item
from pointed
where points_through > points_before
