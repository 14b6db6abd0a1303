-- The accounting identity of gold: each table over all records holds silver's records and grams, to the last decimal.
-- A row here is a table that does not; the tables that count no records are compared by grams alone.
-- After an increment the dates that it touched are compared; sums over all dates within gold.
{%- set touched_dates = dates_of_this_build(ref('daily_emissions'), 'activity_date') %}

with accounts as (

    select
        'touched dates' as scope,
        'emissions' as table_name,
        count(*) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref('emissions') }}
    where {{ touched_dates }}

    {% for table in ['daily_emissions', 'daily_by_country_device', 'daily_by_domain_format'] -%}
    union all

    select
        'touched dates' as scope,
        '{{ table }}' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref(table) }}
    where {{ touched_dates }}

    {% endfor %}
    {% for table in ['daily_country_trends', 'emission_contributions'] -%}
    union all

    select
        'touched dates' as scope,
        '{{ table }}' as table_name,
        cast(null as bigint) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref(table) }}
    where {{ touched_dates }}

    {% endfor %}
    union all

    select
        'all dates' as scope,
        'daily_by_domain_format' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref('daily_by_domain_format') }}

    union all

    select
        'all dates' as scope,
        'flagged_domains' as table_name,
        cast(null as bigint) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref('flagged_domains') }}

    union all

    select
        'all dates' as scope,
        'avg_domain_coverage' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        cast(null as decimal(38, 10)) as total_gco2e
    from {{ ref('avg_domain_coverage') }}

),

compared as (

    select
        *,
        min(record_count) over (partition by scope) as least_record_count,
        max(record_count) over (partition by scope) as most_record_count,
        min(total_gco2e) over (partition by scope) as least_gco2e,
        max(total_gco2e) over (partition by scope) as most_gco2e
    from accounts

)

select * from compared
where least_record_count <> most_record_count or least_gco2e <> most_gco2e
