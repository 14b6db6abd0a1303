-- Every record that the figures of a period leave out, or may leave out (`unplaced`: refused, and its day cannot be
-- read). Needs the views of lake/period.py and period_judged.
with situated as (

    select
        records.*,
        deliveries.status
    from period_judged as records
    inner join period_of_bronze_deliveries as deliveries on records.delivery_id = deliveries.delivery_id

)

select
    'duplicate' as place,
    delivery_id,
    record_number,
    record_key,
    activity_date,
    cast(total_gco2e as decimal(28, 10)) as weight_gco2e,
    cast(array() as array<string>) as reasons
from period_of_silver_duplicates
where activity_date between cast(:first_day as date) and cast(:last_day as date)

union all

select
    case
        when status <> 'loaded' then status
        when activity_date is null then 'unplaced'
        else 'quarantined'
    end as place,
    delivery_id,
    record_number,
    record_key,
    activity_date,
    weight_gco2e,
    reasons
from situated
where
    activity_date between cast(:first_day as date) and cast(:last_day as date)
    or (activity_date is null and status = 'loaded')
