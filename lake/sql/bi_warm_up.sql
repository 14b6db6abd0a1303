select country_code, sum(total_gco2e) as grams from published.daily_emissions group by all order by grams desc limit 10;
select activity_month, measure(total_gco2e) from published.emissions_metrics group by all order by 1;
select * from published.top_10_domains order by rank;
select count(*) from published.flagged_domains where is_outlier
