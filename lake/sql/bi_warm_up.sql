select
    country_code,
    sum(total_gco2e) as total_gco2e
from published.daily_emissions
group by country_code;

select
    activity_month,
    measure(total_gco2e) as total_gco2e
from published.emissions_metrics
group by activity_month;

select * from published.top_10_domains;

select
    domain,
    sum(total_gco2e) / sum(record_count) as avg_gco2e
from published.daily_by_domain_format
where ad_format = 'video' and activity_date >= cast('2025-01-01' as date)
group by domain
order by avg_gco2e desc
limit 10;

select
    activity_date,
    device,
    total_gco2e
from published.daily_by_country_device
where country_code = 'DE' and activity_date between cast('2025-01-01' as date) and cast('2025-12-31' as date)
order by activity_date, device;

select
    best.domain,
    date_trunc('MONTH', by_format.activity_date) as activity_month,
    count(distinct by_format.ad_format) as ad_format_count
from published.daily_by_domain_format as by_format
inner join published.top_10_domains as best on by_format.domain = best.domain
group by best.domain, date_trunc('MONTH', by_format.activity_date);

select
    activity_date,
    total_gco2e,
    lag(total_gco2e, 7) over (partition by country_code order by activity_date) as week_before_gco2e
from published.daily_country_trends
