"""What BI clients send: by hand, by their query builders, and when they connect or look for columns."""

QUERIES = (
    "select 1",
    "SELECT 1;",
    "select * from published.daily_emissions limit 5",
    "select * from daily_emissions limit 5",
    "select * from spark_catalog.published.daily_emissions limit 5",
    "select * from `published`.`daily_emissions` limit 5",
    "SELECT `domain` AS `domain`, sum(`total_gco2e`) AS `SUM(total_gco2e)` FROM `published`.`daily_emissions` "
    "WHERE `activity_date` >= date'2025-01-01' GROUP BY `domain` ORDER BY `SUM(total_gco2e)` DESC LIMIT 1000",
    "SELECT date_trunc('MONTH', activity_date) AS month, count(DISTINCT domain) FROM published.daily_emissions "
    "GROUP BY date_trunc('MONTH', activity_date) ORDER BY 1",
    "SELECT SUM(1) AS `sum_number_of_records_ok` FROM `published`.`daily_emissions` `daily_emissions` HAVING (COUNT(1) > 0)",
    "select country_code, measure(total_gco2e) from published.emissions_metrics group by all",
    "select activity_month, measure(total_kgco2e), measure(avg_gco2e) from emissions_metrics group by all order by all",
    "with top as (select domain from published.top_10_domains where rank <= 3) "
    "select activity_date, sum(total_gco2e) from published.daily_emissions join top using (domain) group by all",
    "select domain, rank() over (partition by country_code order by sum(total_gco2e) desc) as place "
    "from published.daily_emissions group by domain, country_code",
    "select sum(total_gco2e) over w from published.daily_emissions window w as (partition by domain order by activity_date "
    "rows between 6 preceding and current row) limit 5",
    "select * from (select * from published.daily_emissions) as custom_sql limit 1",
    "select * from published.daily_emissions where domain in (select domain from published.flagged_domains) limit 3",
    "select * from published.daily_emissions as days where exists "
    "(select 1 from published.top_10_domains as best where best.domain = days.domain) limit 3",
    "select country_code, device, sum(total_gco2e) from published.daily_emissions group by rollup (country_code, device)",
    "select country_code, sum(total_gco2e) from published.daily_emissions group by grouping sets ((country_code), ())",
    "select domain from published.top_10_domains union all select domain from published.flagged_domains",
    "select domain from published.top_10_domains except select domain from published.flagged_domains",
    "select distinct device from published.daily_emissions order by device nulls last",
    "select * from published.daily_emissions pivot (sum(total_gco2e) for device in ('desktop', 'mobile')) limit 2",
    "select a.domain from published.top_10_domains a left join published.flagged_domains b on a.domain = b.domain",
    "select * from published.top_10_domains natural join published.flagged_domains",
    "select * from published.daily_emissions tablesample (10 percent) limit 2",
    "select case when record_count > 1 then 'many' else 'one' end, cast(total_gco2e as double), domain || '!', "
    "lpad(cast(month(activity_date) as string), 2, '0'), extract(year from activity_date), activity_date + interval 1 day, "
    "datediff(current_date(), activity_date), timestampadd(day, 1, activity_date), domain like 'a%', domain rlike '^a', "
    "nullif(domain, ''), try_cast(domain as int), try_divide(total_gco2e, 0), substring(domain from 1 for 2), "
    "trim(both 'x' from domain), position('a' in domain), domain is not null, record_count between 1 and 2, "
    "array(1, 2)[0], map('a', 1)['a'], named_struct('a', 1).a, transform(array(1), x -> x + 1), -record_count, 1.5e0 "
    "from published.daily_emissions limit 1",
    "select percentile_approx(total_gco2e, 0.5), median(total_gco2e), stddev(total_gco2e), collect_set(device), "
    "count(*) filter (where device = 'mobile'), first(domain) ignore nulls, max_by(domain, total_gco2e), "
    "percentile_cont(0.5) within group (order by total_gco2e) from published.daily_emissions",
    "select explode(array(1, 2)) as one",
    "select * from values (1, 'a'), (2, 'b') as pairs (number, letter)",
    "select 'identifier (' as text",
    "table published.top_10_domains",
)
LOOKING_AROUND = (
    "show schemas",
    "show databases",
    "SHOW DATABASES LIKE '*'",
    "show schemas in spark_catalog",
    "show tables",
    "show tables in published",
    "SHOW TABLES IN `published` LIKE 'daily*'",
    "show views in published",
    "show columns in published.daily_emissions",
    "show columns in daily_emissions in published",
    "describe published.daily_emissions",
    "DESC TABLE published.emissions_metrics",
    "describe published.daily_emissions domain",
    "describe query select domain from published.daily_emissions",
    "show catalogs",
    "show current schema",
    "use published",
    "USE `published`",
    "use schema published",
    "use spark_catalog.published",
    "use `default`",
    "select current_database(), current_catalog(), current_schema(), current_user(), version()",
    "select current_timestamp(), current_date, current_timezone()",
)
