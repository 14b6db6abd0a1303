-- The delivery versions behind the released winners and the excluded rows. Needs the views released_bronze_deliveries,
-- released_silver_emissions and released_silver_excluded.
select
    deliveries.delivery_id,
    deliveries.path,
    deliveries.content_sha256,
    deliveries.size_bytes,
    deliveries.row_count,
    deliveries.status
from released_bronze_deliveries as deliveries
where
    deliveries.delivery_id in (select released_silver_emissions.delivery_id from released_silver_emissions)
    or deliveries.delivery_id in (select released_silver_excluded.delivery_id from released_silver_excluded)
order by deliveries.delivery_id
