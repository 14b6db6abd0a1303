create table if not exists bronze.emissions (
    delivery_id bigint comment 'the delivery version that this record came with',
    record_number bigint comment '1 is the first record after the header',
    date string,
    domain string,
    format string,
    country string,
    ad_size string,
    device string,
    adSelectionEmissions string comment 'grams CO2e, as delivered',
    creativeDistributionEmissions string comment 'grams CO2e, as delivered',
    mediaDistributionEmissions string comment 'grams CO2e, as delivered',
    totalEmissions string comment 'grams CO2e, as delivered',
    domainCoverage string,
    record_id string comment 'the source''s own identity of the record, where it gives one',
    extra_columns map<string, string> comment 'columns beyond the known ones, by their header names', -- noqa: LT01
    malformed_line string comment 'the raw text of a record that could not be cut into its fields'
)
using delta
comment 'One record of one delivery version, as delivered; append-only.'
tblproperties (
    'delta.appendOnly' = 'true',
    'delta.dataSkippingStatsColumns' = 'delivery_id,record_number'
)
