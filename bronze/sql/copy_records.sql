-- The records of a withdrawn version once more, under the id of the version that brings it back.
select
    cast(:new_delivery_id as bigint) as delivery_id,
    * except (delivery_id)
from bronze.emissions
where delivery_id = :delivery_id
