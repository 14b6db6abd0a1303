-- The figures of gold for a slice, from each table that can be sliced so, beside what the silver records of the slice
-- add up to; NULL where a table does not hold a measure. Needs the view slice.
with figures as (

    select
        'gold.daily_emissions' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        coalesce(sum(ad_selection_gco2e), 0) as ad_selection_gco2e,
        coalesce(sum(creative_distribution_gco2e), 0) as creative_distribution_gco2e,
        coalesce(sum(media_distribution_gco2e), 0) as media_distribution_gco2e,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from gold.daily_emissions
    where
        activity_date = cast(:activity_date as date)
        and (:domain is null or domain = :domain)
        and (:country_code is null or country_code = :country_code)
        and (:ad_format is null or ad_format = :ad_format)
        and (:device is null or device = :device)

    union all

    select
        'gold.daily_by_country_device' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        null as ad_selection_gco2e,
        null as creative_distribution_gco2e,
        null as media_distribution_gco2e,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from gold.daily_by_country_device
    where
        activity_date = cast(:activity_date as date)
        and (:country_code is null or country_code = :country_code)
        and (:device is null or device = :device)
    having :domain is null and :ad_format is null

    union all

    select
        'gold.daily_by_domain_format' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        null as ad_selection_gco2e,
        null as creative_distribution_gco2e,
        null as media_distribution_gco2e,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from gold.daily_by_domain_format
    where
        activity_date = cast(:activity_date as date)
        and (:domain is null or domain = :domain)
        and (:ad_format is null or ad_format = :ad_format)
    having :country_code is null and :device is null

    union all

    select
        'gold.daily_country_trends' as table_name,
        null as record_count,
        null as ad_selection_gco2e,
        null as creative_distribution_gco2e,
        null as media_distribution_gco2e,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from gold.daily_country_trends
    where
        activity_date = cast(:activity_date as date)
        and (:country_code is null or country_code = :country_code)
    having :domain is null and :ad_format is null and :device is null

    union all

    select
        'gold.emission_contributions' as table_name,
        null as record_count,
        null as ad_selection_gco2e,
        null as creative_distribution_gco2e,
        null as media_distribution_gco2e,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from gold.emission_contributions
    where
        activity_date = cast(:activity_date as date)
        and (:domain is null or domain = :domain)
    having :country_code is null and :ad_format is null and :device is null

),

parts as (

    select
        count(*) as record_count,
        coalesce(sum(ad_selection_gco2e), 0) as ad_selection_gco2e,
        coalesce(sum(creative_distribution_gco2e), 0) as creative_distribution_gco2e,
        coalesce(sum(media_distribution_gco2e), 0) as media_distribution_gco2e,
        coalesce(sum(weight_gco2e), 0) as total_gco2e
    from slice
    where place = 'silver'

)

select
    figures.table_name,
    figures.record_count,
    cast(figures.ad_selection_gco2e as decimal(28, 10)) as ad_selection_gco2e,
    cast(figures.creative_distribution_gco2e as decimal(28, 10)) as creative_distribution_gco2e,
    cast(figures.media_distribution_gco2e as decimal(28, 10)) as media_distribution_gco2e,
    cast(figures.total_gco2e as decimal(28, 10)) as total_gco2e,
    parts.record_count as silver_rows,
    cast(parts.total_gco2e as decimal(28, 10)) as silver_gco2e,
    figures.total_gco2e = parts.total_gco2e
    and coalesce(figures.record_count = parts.record_count, true)
    and coalesce(figures.ad_selection_gco2e = parts.ad_selection_gco2e, true)
    and coalesce(figures.creative_distribution_gco2e = parts.creative_distribution_gco2e, true)
    and coalesce(figures.media_distribution_gco2e = parts.media_distribution_gco2e, true) as explained
from figures
cross join parts
