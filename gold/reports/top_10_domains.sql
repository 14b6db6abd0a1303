{{ config(
    follows='gold.daily_by_domain_format',
    by_date=false,
    key='domain',
    checks={
        'has_ten_ranks': 'rank between 1 and 10'
    }
) }}

with domains as (

    select
        domain,
        {{ total('total_gco2e') }} as total_gco2e
    from {{ ref('daily_by_domain_format') }}
    group by domain

),

ranked as (

    select
        row_number() over (order by total_gco2e desc, domain asc) as rank,
        domain,
        total_gco2e,
        {{ share('total_gco2e', 'sum(total_gco2e) over ()') }} as share
    from domains

)

select * from ranked
where rank <= 10
