-- Each gold table that counts records counts those of silver; a row here is a table that does not.
with silver as (

    select count(*) as record_count from {{ ref('emissions') }}

),

gold as (

    {% for table in [
        'daily_emissions', 'daily_by_country_device', 'daily_by_domain_format', 'avg_domain_coverage'
    ] -%}
    select
        '{{ table }}' as table_name,
        coalesce(sum(record_count), 0) as record_count
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    gold.table_name,
    gold.record_count,
    silver.record_count as silver_record_count
from gold
cross join silver
where gold.record_count <> silver.record_count
