-- The cells of a report: records and grams by bucket of days (its first day), domain, country, format, device and
-- coverage; NULL for a domain or country without a name of its own. Needs the view report_days.
with bucketed as (

    select
        * except (domain, country_code),
        case :grain
            when 'day' then activity_date
            when 'century' then make_date(greatest(1, year(activity_date) - pmod(year(activity_date), 100)), 1, 1)
            else cast(date_trunc(:grain, activity_date) as date)
        end as bucket,
        if(array_contains(:domains, domain), domain, null) as domain,
        if(array_contains(:countries, country_code), country_code, null) as country_code
    from report_days

)

select
    bucket,
    domain,
    country_code,
    ad_format,
    device,
    domain_coverage,
    sum(record_count) as record_count,
    cast(sum(ad_selection_gco2e) as decimal(28, 10)) as ad_selection_gco2e,
    cast(sum(creative_distribution_gco2e) as decimal(28, 10)) as creative_distribution_gco2e,
    cast(sum(media_distribution_gco2e) as decimal(28, 10)) as media_distribution_gco2e
from bucketed
group by bucket, domain, country_code, ad_format, device, domain_coverage
