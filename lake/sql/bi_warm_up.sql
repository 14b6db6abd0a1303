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

select * from published.top_10_domains
