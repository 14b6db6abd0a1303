create table if not exists audit.conservation (
    run_id string,
    delivered_rows bigint,
    delivered_gco2e decimal(28, 10),
    silver_rows bigint,
    silver_gco2e decimal(28, 10),
    quarantined_rows bigint,
    quarantined_gco2e decimal(28, 10),
    duplicate_rows bigint comment 'valid rows that lost to a winner',
    duplicate_gco2e decimal(28, 10),
    superseded_rows bigint comment 'rows of superseded and withdrawn deliveries',
    superseded_gco2e decimal(28, 10),
    unweighable_rows bigint comment 'rows without three valid parts: they weigh nothing',
    balanced boolean comment 'delivered = silver + quarantined + duplicate + superseded, in rows and in grams'
)
using delta
comment 'The whole lake after a run, in rows and grams CO2e.'
