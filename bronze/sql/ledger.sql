select
    delivery_id,
    path,
    content_sha256,
    size_bytes,
    row_count,
    status,
    fingerprint,
    event_number,
    coalesce(header, array()) as header,
    coalesce(renamed_columns, map()) as renamed_columns
from bronze.deliveries
