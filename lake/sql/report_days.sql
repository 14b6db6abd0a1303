-- Gold's days by what a report can be filtered by; a domain or country without a name of its own is NULL.
with named as (

    select
        * except (domain, country_code),
        if(array_contains(:domains, domain), domain, null) as domain,
        if(array_contains(:countries, country_code), country_code, null) as country_code
    from gold.daily_emissions

)

select
    activity_date,
    domain,
    country_code,
    ad_format,
    device,
    domain_coverage,
    sum(record_count) as record_count,
    sum(ad_selection_gco2e) as ad_selection_gco2e,
    sum(creative_distribution_gco2e) as creative_distribution_gco2e,
    sum(media_distribution_gco2e) as media_distribution_gco2e
from named
group by activity_date, domain, country_code, ad_format, device, domain_coverage
