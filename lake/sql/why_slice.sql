-- Every record of a slice and its place: `silver` (what the figure is made of), `duplicate`, `quarantined`,
-- `superseded`, `withdrawn`; and `unplaced`, the refused records of which a value that the slice asks for cannot be
-- read, so that they may belong to it. Needs the view why_judged.
with places as (

    select
        'silver' as place,
        emissions.* except (total_gco2e),
        emissions.total_gco2e as weight_gco2e,
        cast(array() as array<string>) as reasons
    from silver.emissions as emissions
    where emissions.activity_date = cast(:activity_date as date)

    union all

    select
        'duplicate' as place,
        duplicates.* except (total_gco2e),
        duplicates.total_gco2e as weight_gco2e,
        cast(array() as array<string>) as reasons
    from silver.duplicates as duplicates
    where duplicates.activity_date = cast(:activity_date as date)

    union all

    select
        if(deliveries.status = 'loaded', 'quarantined', deliveries.status) as place,
        records.record_key,
        records.activity_date,
        records.domain,
        records.ad_format,
        records.country_code,
        records.ad_size,
        records.device,
        records.ad_selection_gco2e,
        records.creative_distribution_gco2e,
        records.media_distribution_gco2e,
        records.domain_coverage,
        records.delivery_id,
        records.record_number,
        records.weight_gco2e,
        records.reasons
    from why_judged as records
    inner join bronze.deliveries as deliveries on records.delivery_id = deliveries.delivery_id

),

compared as (

    select
        *,
        activity_date <=> cast(:activity_date as date)
        and (:domain is null or domain <=> :domain)
        and (:country_code is null or country_code <=> :country_code)
        and (:ad_format is null or ad_format <=> :ad_format)
        and (:device is null or device <=> :device) as belongs,
        (activity_date is null or activity_date = cast(:activity_date as date))
        and (
            :domain is null or domain <=> :domain
            or arrays_overlap(reasons, array('malformed_line', 'missing_domain', 'invalid_domain'))
        )
        and (:country_code is null or country_code <=> :country_code or country_code is null)
        and (
            :ad_format is null or ad_format <=> :ad_format
            or arrays_overlap(reasons, array('malformed_line', 'unknown_format'))
        )
        and (
            :device is null or device <=> :device
            or arrays_overlap(reasons, array('malformed_line', 'unknown_device'))
        ) as may_belong
    from places

)

select
    * except (place, belongs, may_belong),
    if(belongs, place, 'unplaced') as place
from compared
where belongs or (may_belong and place = 'quarantined')
