select
    coalesce(max(event_number), 0) as last_event,
    array_sort(collect_list(delivery_id) filter (where run_id = :run_id)) as deliveries
from bronze.deliveries
