select
    deliveries.path,
    quarantine.record_number,
    quarantine.reasons,
    quarantine.* except (delivery_id, record_number, reasons),
    quarantine.delivery_id
from silver.quarantine as quarantine
inner join bronze.deliveries as deliveries on quarantine.delivery_id = deliveries.delivery_id
where
    (:reason is null or array_contains(quarantine.reasons, cast(:reason as string)))
    and (:path is null or deliveries.path = :path)
order by deliveries.path, quarantine.delivery_id, quarantine.record_number
limit :row_limit
