create table if not exists audit.restatements (
    release_name string,
    released_at timestamp,
    period_first_day date comment 'the closed period: days that an earlier release gave out',
    period_last_day date,
    previous_release string comment 'the last release of the period before this one',
    records_before bigint,
    records_after bigint,
    gco2e_before decimal(28, 10) comment 'as released before',
    gco2e_after decimal(28, 10) comment 'in the run that is released',
    change_gco2e decimal(28, 10),
    change_percent double comment '100 x change / before; NULL where before is 0',
    threshold_percent decimal(9, 4) comment 'a change above it is released with a reason and an approval only',
    is_above_threshold boolean,
    causes array<struct<cause: string, delivery_id: bigint, path: string, record_change: bigint, change_gco2e: decimal(28, 10)>> comment 'add up to the change', -- noqa
    reason string,
    approved_by string
)
using delta
comment 'What a release changed in a period that had been released before.'
