select
    delivery_id,
    count(*) as row_count
from bronze.emissions
where delivery_id between :first_id and :last_id
group by delivery_id
