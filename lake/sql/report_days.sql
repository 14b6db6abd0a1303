-- Gold's days by what a report can be filtered by; a domain or country that is not among the largest is told by its
-- rank alone, which is then :most_names + 1.
with ranked_domains as (

    select
        domain,
        row_number() over (order by total_gco2e desc, domain asc) as domain_rank
    from gold.flagged_domains

),

countries as (

    select
        country_code,
        sum(total_gco2e) as total_gco2e
    from gold.daily_by_country_device
    group by country_code

),

ranked_countries as (

    select
        country_code,
        row_number() over (order by total_gco2e desc, country_code asc) as country_rank
    from countries

)

select
    daily.activity_date,
    ranked_domains.domain,
    coalesce(ranked_domains.domain_rank, :most_names + 1) as domain_rank,
    ranked_countries.country_code,
    coalesce(ranked_countries.country_rank, :most_names + 1) as country_rank,
    daily.ad_format,
    daily.device,
    daily.domain_coverage,
    sum(daily.record_count) as record_count,
    sum(daily.ad_selection_gco2e) as ad_selection_gco2e,
    sum(daily.creative_distribution_gco2e) as creative_distribution_gco2e,
    sum(daily.media_distribution_gco2e) as media_distribution_gco2e
from gold.daily_emissions as daily
left join ranked_domains on daily.domain = ranked_domains.domain and ranked_domains.domain_rank <= :most_names
left join ranked_countries
    on daily.country_code = ranked_countries.country_code and ranked_countries.country_rank <= :most_names
group by all
