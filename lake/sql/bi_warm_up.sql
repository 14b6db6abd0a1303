-- What dashboards send, for the BI endpoint to warm up with. Where -999 stands another number comes each time: it
-- changes no answer, and Spark plans and compiles the query as one that it has not seen.
select
    country_code,
    sum(record_count) as record_count,
    sum(total_gco2e) as total_gco2e
from published.daily_emissions
where (domain = '-999' or domain >= '') and activity_date between date '1970-01-01' and date '2100-01-01'
group by country_code
order by total_gco2e desc
limit 20;

select
    activity_month,
    measure(total_gco2e) as total_gco2e
from published.emissions_metrics
where ad_format = '-999' or activity_date >= date '1970-01-01'
group by activity_month;

select *
from published.top_10_domains
where total_gco2e <> -999
order by rank;

select
    domain,
    sum(total_gco2e) / sum(record_count) as avg_gco2e
from published.daily_by_domain_format
where (ad_format = '-999' or ad_format >= '') and activity_date >= date '1970-01-01'
group by domain
order by avg_gco2e desc
limit 10;

select
    activity_date,
    device,
    sum(total_gco2e) as total_gco2e
from published.daily_by_country_device
where (country_code = '-999' or country_code >= '') and activity_date between date '1970-01-01' and date '2100-01-01'
group by activity_date, device
order by activity_date, device;

select
    best.domain,
    date_trunc('MONTH', by_format.activity_date) as activity_month,
    count(distinct by_format.ad_format) as ad_format_count
from published.daily_by_domain_format as by_format
inner join published.top_10_domains as best on by_format.domain = best.domain
where best.rank <> -999
group by best.domain, date_trunc('MONTH', by_format.activity_date)
order by activity_month;

with days as (
    select
        activity_date,
        sum(total_gco2e) as total_gco2e
    from published.daily_country_trends
    where country_code <> '-999'
    group by activity_date
)

select
    activity_date,
    total_gco2e,
    lag(total_gco2e, 7) over (order by activity_date) as week_before_gco2e
from days
order by activity_date;

select
    activity_date,
    total_gco2e,
    trailing_7_day_avg_gco2e
from published.daily_country_trends
where (country_code = '-999' or country_code >= '') and activity_date >= date '1970-01-01'
order by activity_date
limit 100;

select *
from published.daily_emissions
where (device = '-999' or device >= '') and activity_date between date '1970-01-01' and date '2100-01-01'
order by activity_date desc, total_gco2e desc
limit 100;

select
    domain,
    domain_coverage,
    sum(total_gco2e) as total_gco2e
from published.daily_emissions
where (country_code = '-999' or country_code >= '') and activity_date between date '1970-01-01' and date '2100-01-01'
group by domain, domain_coverage
order by total_gco2e desc
limit 50;

select
    device,
    measure(record_count) as record_count,
    measure(avg_gco2e) as avg_gco2e
from published.emissions_metrics
where (country_code = '-999' or country_code >= '') and activity_date >= date '1970-01-01'
group by device
order by record_count desc
limit 15;

select
    activity_date,
    ad_selection_share,
    total_gco2e
from published.emission_contributions
where (domain = '-999' or domain >= '') and activity_date >= date '1970-01-01'
order by activity_date
limit 100;

select
    count(*) as flagged_day_count,
    count(distinct domain) as flagged_domain_count,
    max(activity_date) as last_flagged_date
from published.flagged_domain_days
where domain = '-999' or activity_date >= date '1970-01-01';

select distinct domain
from published.daily_by_domain_format
where domain <> '-999'
order by domain
limit 1000
