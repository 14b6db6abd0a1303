-- Every record of a delivery version in its order: the known columns (in the order of bronze/columns.py) as corrected
-- where they are, else as delivered. Needs the view corrections.
select
    delivered.record_number,
    corrections.cells is not null as is_corrected,
    coalesce(corrections.cells, array(
        delivered.date, delivered.domain, delivered.format, delivered.country, delivered.ad_size, delivered.device,
        delivered.adSelectionEmissions, delivered.creativeDistributionEmissions, delivered.mediaDistributionEmissions,
        delivered.totalEmissions, delivered.domainCoverage, delivered.record_id
    )) as cells,
    coalesce(delivered.extra_columns, map()) as extra_columns,
    if(corrections.cells is null, delivered.malformed_line, null) as malformed_line
from bronze.emissions as delivered
left join corrections
    on delivered.delivery_id = corrections.delivery_id and delivered.record_number = corrections.record_number
where delivered.delivery_id = :delivery_id
order by delivered.record_number
