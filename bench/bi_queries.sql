-- What people and their tools ask `published`, as bench/bi_queries.py binds it: a dashboard's figures, slices, lists.

-- totals of everything
select
    sum(record_count) as record_count,
    sum(total_gco2e) as total_gco2e
from published.daily_emissions;

-- totals by two tables
select
    by_device.record_count,
    by_device.total_gco2e,
    by_format.record_count as record_count_by_format,
    by_format.total_gco2e as total_gco2e_by_format
from (
    select
        sum(record_count) as record_count,
        sum(total_gco2e) as total_gco2e
    from published.daily_by_country_device
) as by_device
cross join (
    select
        sum(record_count) as record_count,
        sum(total_gco2e) as total_gco2e
    from published.daily_by_domain_format
) as by_format;

-- best domains
select * from published.top_10_domains order by rank;

-- countries of a period
select
    country_code,
    sum(record_count) as record_count,
    sum(total_gco2e) as total_gco2e
from published.daily_by_country_device
where activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
group by country_code
order by total_gco2e desc
limit 20;

-- devices of a country by day
select
    activity_date,
    device,
    sum(total_gco2e) as total_gco2e
from published.daily_by_country_device
where country_code = %(country_code)s
    and activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
group by activity_date, device
order by activity_date, device;

-- trend of a country
select
    activity_date,
    total_gco2e,
    previous_day_gco2e,
    trailing_7_day_avg_gco2e
from published.daily_country_trends
where country_code = %(country_code)s
    and activity_date >= cast(%(first_day)s as date)
order by activity_date;

-- formats of a domain by day
select
    activity_date,
    ad_format,
    sum(total_gco2e) as total_gco2e
from published.daily_by_domain_format
where domain = %(domain)s
    and activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
group by activity_date, ad_format
order by activity_date, ad_format;

-- formats of a period
select
    ad_format,
    sum(total_gco2e) / sum(record_count) as avg_gco2e,
    sum(total_gco2e) as total_gco2e
from published.daily_by_domain_format
where activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
group by ad_format;

-- parts of a domain's emissions
select
    activity_date,
    ad_selection_share,
    creative_distribution_share,
    media_distribution_share,
    total_gco2e
from published.emission_contributions
where domain = %(domain)s
    and activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
order by activity_date;

-- domains that stand out
select
    domain,
    total_gco2e,
    modified_z_score
from published.flagged_domains
order by abs(modified_z_score) desc nulls last, domain
limit 25;

-- days that stand out
select
    count(*) as flagged_day_count,
    count(distinct domain) as flagged_domain_count,
    max(activity_date) as last_flagged_date
from published.flagged_domain_days
where activity_date >= cast(%(first_day)s as date);

-- coverage by format
select * from published.avg_domain_coverage order by ad_format;

-- metrics by month
select
    activity_month,
    measure(total_kgco2e) as total_kgco2e,
    measure(measured_emission_share) as measured_emission_share
from published.emissions_metrics
group by activity_month
order by activity_month;

-- metrics of a format by device
select
    device,
    measure(total_gco2e) as total_gco2e,
    measure(avg_gco2e) as avg_gco2e
from published.emissions_metrics
where ad_format = %(ad_format)s
    and activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
group by device;

-- metrics of a week by country
select
    country_code,
    measure(record_count) as record_count,
    measure(total_gco2e) as total_gco2e
from published.emissions_metrics
where activity_date between cast(%(last_day)s as date) - interval 6 days and cast(%(last_day)s as date)
group by country_code
order by total_gco2e desc
limit 15;

-- domains and coverage of a country
select
    domain,
    domain_coverage,
    sum(total_gco2e) as total_gco2e
from published.daily_emissions
where country_code = %(country_code)s
    and activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
group by domain, domain_coverage
order by total_gco2e desc
limit 50;

-- rows of a domain's day
select *
from published.daily_emissions
where domain = %(domain)s
    and activity_date between cast(%(first_day)s as date) and cast(%(last_day)s as date)
order by activity_date desc, total_gco2e desc
limit 200;

-- a filter's list of domains
select distinct domain
from published.daily_by_domain_format
order by domain;

-- days against the week before
with days as (
    select
        activity_date,
        sum(total_gco2e) as total_gco2e
    from published.daily_country_trends
    group by activity_date
)

select
    activity_date,
    total_gco2e,
    lag(total_gco2e, 7) over (order by activity_date) as week_before_gco2e
from days
where activity_date >= cast(%(first_day)s as date)
order by activity_date;

-- months of the best domains
select
    by_format.domain,
    date_trunc('MONTH', by_format.activity_date) as activity_month,
    sum(by_format.total_gco2e) as total_gco2e
from published.daily_by_domain_format as by_format
inner join published.top_10_domains as best on by_format.domain = best.domain
where best.rank <= %(most_ranks)s
group by by_format.domain, date_trunc('MONTH', by_format.activity_date)
order by by_format.domain, activity_month
