-- The first refused rows of each reason, as delivered, cut to a length that can be read. A row is shown once, under the
-- rarest of its reasons.
with reasons as (

    select
        delivery_id,
        record_number,
        explode(reasons) as reason
    from silver.quarantine

),

counted as (

    select
        *,
        count(*) over (partition by reason) as row_count
    from reasons

),

rarest as (

    select
        delivery_id,
        record_number,
        min(struct(row_count, reason)).reason as reason
    from counted
    group by delivery_id, record_number

),

numbered as (

    select
        *,
        row_number() over (partition by reason order by delivery_id asc, record_number asc) as place
    from rarest

),

shown as (

    select *
    from numbered
    where place <= :rows_a_reason

),

delivered as (

    select
        shown.reason,
        deliveries.path,
        quarantine.*
    from shown
    inner join silver.quarantine as quarantine
        on shown.delivery_id = quarantine.delivery_id and shown.record_number = quarantine.record_number
    left join bronze.deliveries as deliveries on shown.delivery_id = deliveries.delivery_id

)

select
    reason,
    path,
    delivery_id,
    record_number,
    reasons,
    weight_gco2e,
    left(malformed_line, :most_letters) as malformed_line,
    left(date, :most_letters) as date,
    left(domain, :most_letters) as domain,
    left(format, :most_letters) as format,
    left(country, :most_letters) as country,
    left(ad_size, :most_letters) as ad_size,
    left(device, :most_letters) as device,
    left(adselectionemissions, :most_letters) as ad_selection,
    left(creativedistributionemissions, :most_letters) as creative_distribution,
    left(mediadistributionemissions, :most_letters) as media_distribution,
    left(totalemissions, :most_letters) as stated_total,
    left(domaincoverage, :most_letters) as coverage
from delivered
order by reason asc, delivery_id asc, record_number asc
