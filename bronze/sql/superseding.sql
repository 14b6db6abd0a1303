-- Whether any of the new versions takes the place of a loaded one.
select count(*) > 0 as is_superseding
from new_deliveries
inner join bronze.deliveries as previous
    on new_deliveries.path = previous.path
where
    new_deliveries.status = 'loaded'
    and previous.status = 'loaded'
