-- The cells of a report: records and grams by bucket of days (its first day), domain, country, format, device and
-- coverage. A domain or country beyond the largest :most_names is NULL. One cell more than may be shown, so that it is
-- known where they are too many. Needs the view report_days.
with bucketed as (

    select
        case :grain
            when 'day' then activity_date
            when 'century' then make_date(greatest(1, year(activity_date) - pmod(year(activity_date), 100)), 1, 1)
            else cast(date_trunc(:grain, activity_date) as date)
        end as bucket,
        if(domain_rank <= :most_names, domain, null) as domain,
        if(country_rank <= :most_names, country_code, null) as country_code,
        report_days.* except (activity_date, domain, country_code, domain_rank, country_rank)
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
order by
    bucket asc, domain asc nulls last, country_code asc nulls last, ad_format asc, device asc, domain_coverage asc
limit :most_cells + 1
