select count(*) as row_count
from silver.quarantine as quarantine
left semi join bronze.deliveries as deliveries
    on quarantine.delivery_id = deliveries.delivery_id and deliveries.run_id = :run_id
