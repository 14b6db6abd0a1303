-- Each gold table over all records adds up to silver, to the last decimal; a row here is a table that does not.
with silver as (

    select coalesce(sum(total_gco2e), 0) as total_gco2e from {{ ref('emissions') }}

),

gold as (

    {% for table in [
        'daily_emissions', 'daily_by_country_device', 'daily_by_domain_format', 'daily_country_trends',
        'emission_contributions', 'flagged_domains'
    ] -%}
    select
        '{{ table }}' as table_name,
        coalesce(sum(total_gco2e), 0) as total_gco2e
    from {{ ref(table) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    gold.table_name,
    gold.total_gco2e,
    silver.total_gco2e as silver_gco2e
from gold
cross join silver
where gold.total_gco2e <> silver.total_gco2e
