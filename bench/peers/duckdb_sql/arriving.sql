-- The valid records of the deliveries in `arrived`, one winner of each identity.
create or replace temp table arriving as
with trimmed as (

    select
        delivery_id,
        record_number,
        trim(coalesce("date", ''), $white_space) as date_text,
        regexp_replace(
            regexp_replace(lower(trim(coalesce("domain", ''), $white_space)), '^www\.', ''), '\.$', ''
        ) as "domain",
        lower(trim(coalesce("format", ''), $white_space)) as ad_format,
        lower(trim(coalesce(country, ''), $white_space)) as country_text,
        lower(trim(coalesce(ad_size, ''), $white_space)) as ad_size,
        lower(trim(coalesce(device, ''), $white_space)) as device_text,
        trim(coalesce("adSelectionEmissions", ''), $white_space) as ad_selection_text,
        trim(coalesce("creativeDistributionEmissions", ''), $white_space) as creative_distribution_text,
        trim(coalesce("mediaDistributionEmissions", ''), $white_space) as media_distribution_text,
        trim(coalesce("totalEmissions", ''), $white_space) as stated_total_text,
        lower(trim(coalesce("domainCoverage", ''), $white_space)) as domain_coverage,
        trim(coalesce(record_id, ''), $white_space) as record_id
    from arrived

),

typed as (

    select
        trimmed.*,
        countries.country_code,
        case
            when regexp_matches(date_text, $american_date) then try_strptime(date_text, '%m/%d/%Y')::date
            when regexp_matches(date_text, $iso_date) then try_cast(date_text as date)
        end as activity_date,
        coalesce(map($synonyms, $synonym_devices)[device_text], device_text) as device,
        case when regexp_matches(ad_selection_text, $measure)
            then try_cast(ad_selection_text as decimal(18, 10))
        end as ad_selection_gco2e,
        case when regexp_matches(creative_distribution_text, $measure)
            then try_cast(creative_distribution_text as decimal(18, 10))
        end as creative_distribution_gco2e,
        case when regexp_matches(media_distribution_text, $measure)
            then try_cast(media_distribution_text as decimal(18, 10))
        end as media_distribution_gco2e,
        case when regexp_matches(stated_total_text, $measure)
            then try_cast(stated_total_text as decimal(18, 10))
        end as stated_total_gco2e
    from trimmed
    inner join countries on trimmed.country_text = countries.country_name

),

valid as (

    select
        record_id as record_key,
        activity_date,
        "domain",
        ad_format,
        country_code,
        ad_size,
        device,
        ad_selection_gco2e,
        creative_distribution_gco2e,
        media_distribution_gco2e,
        (ad_selection_gco2e + creative_distribution_gco2e + media_distribution_gco2e)::decimal(18, 10) as total_gco2e,
        domain_coverage,
        delivery_id,
        record_number,
        stated_total_gco2e
    from typed
    where
        record_id <> ''
        and activity_date <= $today
        and regexp_matches("domain", $domain)
        and list_contains($formats, ad_format)
        and list_contains($devices, device)
        and regexp_matches(ad_size, $ad_size)
        and list_contains($coverages, domain_coverage)
        and ad_selection_gco2e >= 0
        and creative_distribution_gco2e >= 0
        and media_distribution_gco2e >= 0
        and stated_total_gco2e >= 0

)

select * exclude (stated_total_gco2e)
from valid
where abs(stated_total_gco2e - total_gco2e)::decimal(28, 10) * 1000000 <= greatest(1, total_gco2e)
qualify row_number() over (partition by record_key order by delivery_id desc, record_number desc) = 1;
