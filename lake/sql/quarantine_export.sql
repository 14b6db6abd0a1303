-- Refused rows as a delivery has them.
with refused as (

    select
        quarantine.*,
        array_join(quarantine.reasons, '; ') as reason_list
    from silver.quarantine as quarantine
    inner join bronze.deliveries as deliveries on quarantine.delivery_id = deliveries.delivery_id
    where
        (:reason is null or array_contains(quarantine.reasons, cast(:reason as string)))
        and (:path is null or deliveries.path = :path)

)

select
    delivery_id as quarantine_delivery_id,
    record_number as quarantine_record_number,
    reason_list as reasons,
    array(
        date, domain, format, country, ad_size, device, adSelectionEmissions, creativeDistributionEmissions,
        mediaDistributionEmissions, totalEmissions, domainCoverage, record_id, malformed_line
    ) as cells
from refused
order by delivery_id, record_number
