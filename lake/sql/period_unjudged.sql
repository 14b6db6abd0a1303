-- Records that stand in no cleaned table: the refused ones, and those of versions that are not current any more. Needs
-- the views of lake/period.py.
with not_current as (

    select delivery_id
    from period_of_bronze_deliveries
    where status in ('superseded', 'withdrawn')

)

select
    delivery_id,
    record_number,
    date,
    domain,
    format,
    country,
    ad_size,
    device,
    adSelectionEmissions,
    creativeDistributionEmissions,
    mediaDistributionEmissions,
    totalEmissions,
    domainCoverage,
    record_id,
    malformed_line
from period_of_silver_quarantine

union all

select
    records.delivery_id,
    records.record_number,
    records.date,
    records.domain,
    records.format,
    records.country,
    records.ad_size,
    records.device,
    records.adSelectionEmissions,
    records.creativeDistributionEmissions,
    records.mediaDistributionEmissions,
    records.totalEmissions,
    records.domainCoverage,
    records.record_id,
    records.malformed_line
from period_of_bronze_emissions as records
left semi join not_current on records.delivery_id = not_current.delivery_id
