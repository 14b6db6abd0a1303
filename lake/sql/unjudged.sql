-- Records that stand in no cleaned table: the refused ones of the table :quarantine, and those of the table :records
-- whose version is not current in :ledger any more. Of the latter, with :activity_date, those alone that may belong to
-- this day: a readable date holds one of its two spellings.
with not_current as (

    select delivery_id
    from identifier(:ledger)
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
from identifier(:quarantine)

union all

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
from identifier(:records)
where
    delivery_id in (select not_current.delivery_id from not_current)
    and (
        :activity_date is null
        or contains(date, cast(:activity_date as string))
        or contains(date, date_format(cast(:activity_date as date), 'MM/dd/yyyy'))
    )
