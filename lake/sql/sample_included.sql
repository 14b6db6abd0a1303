-- What a sample of the released figures is drawn from: the winners, by their keys.
select
    'silver' as place,
    delivery_id,
    record_number,
    record_key,
    left(record_key, 5) as bucket,
    record_key as item_key,
    cast(total_gco2e as decimal(28, 10)) as weight_gco2e,
    cast(total_gco2e as decimal(28, 10)) as size_gco2e,
    cast(array() as array<string>) as reasons
from silver.emissions
