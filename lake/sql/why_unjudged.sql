-- Records that stand in no cleaned table and may belong to a day: the refused ones, and those of versions that are not
-- current any more. A readable date holds one of the two spellings of the day.
with not_current as (

    select delivery_id
    from bronze.deliveries
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
from silver.quarantine

union all

select
    emissions.delivery_id,
    emissions.record_number,
    emissions.date,
    emissions.domain,
    emissions.format,
    emissions.country,
    emissions.ad_size,
    emissions.device,
    emissions.adSelectionEmissions,
    emissions.creativeDistributionEmissions,
    emissions.mediaDistributionEmissions,
    emissions.totalEmissions,
    emissions.domainCoverage,
    emissions.record_id,
    emissions.malformed_line
from bronze.emissions as emissions
left semi join not_current on emissions.delivery_id = not_current.delivery_id
where
    contains(emissions.date, cast(:activity_date as string))
    or contains(emissions.date, date_format(cast(:activity_date as date), 'MM/dd/yyyy'))
