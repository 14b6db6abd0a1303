-- The accounting identity of gold: each table over all records holds silver's records and grams, to the last decimal.
-- A row here is a table that does not; the tables that count no records are compared by grams alone.
with accounts as (

    select
        'silver' as table_name,
        count(*) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref('emissions') }}

    {% for table in ['daily_emissions', 'daily_by_country_device', 'daily_by_domain_format'] -%}
    union all

    select
        '{{ table }}' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref(table) }}

    {% endfor %}
    {% for table in ['daily_country_trends', 'emission_contributions', 'flagged_domains'] -%}
    union all

    select
        '{{ table }}' as table_name,
        cast(null as bigint) as record_count,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref(table) }}

    {% endfor %}
    union all

    select
        'avg_domain_coverage' as table_name,
        coalesce(sum(record_count), 0) as record_count,
        cast(null as decimal(38, 10)) as total_gco2e
    from {{ ref('avg_domain_coverage') }}

),

compared as (

    select
        *,
        max(if(table_name = 'silver', record_count, null)) over () as silver_record_count,
        max(if(table_name = 'silver', total_gco2e, null)) over () as silver_gco2e
    from accounts

)

select * from compared
where record_count <> silver_record_count or total_gco2e <> silver_gco2e
