-- The records of a sample as bronze has them. Needs the view sampled.
select records.*
from bronze.emissions as records
left semi join sampled
    on records.delivery_id = sampled.delivery_id and records.record_number = sampled.record_number
