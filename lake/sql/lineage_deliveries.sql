-- The delivery versions that a run loaded: what went into it.
select
    path,
    content_sha256,
    size_bytes,
    row_count
from bronze.deliveries
where run_id = :run_id and status <> 'rejected'
order by delivery_id
