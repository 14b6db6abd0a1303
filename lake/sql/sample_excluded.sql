-- What a sample of the excluded records is drawn from, by place, delivery and record number. A record whose grams are
-- not known, or none, is as likely to be drawn as the mean of the others makes it: it is left out for a reason that an
-- auditor may want to see, and by its own grams it never would be.
with mean as (

    select
        coalesce(
            greatest(cast(avg(abs(weight_gco2e)) as decimal(28, 10)), cast(0.0000000001 as decimal(28, 10))),
            cast(1 as decimal(28, 10))
        ) as mean_gco2e
    from silver.excluded
    where weight_gco2e <> 0

)

select
    excluded.place,
    excluded.delivery_id,
    excluded.record_number,
    excluded.record_key,
    concat(excluded.place, '/', lpad(cast(excluded.delivery_id as string), 19, '0')) as bucket,
    lpad(cast(excluded.record_number as string), 19, '0') as item_key,
    excluded.weight_gco2e,
    if(coalesce(excluded.weight_gco2e, 0) = 0, mean.mean_gco2e, abs(excluded.weight_gco2e)) as size_gco2e,
    excluded.reasons
from silver.excluded as excluded
cross join mean
