-- What was delivered, weighed straight from bronze, apart from silver: the left side of the conservation equation.
{{ config(
    incremental_strategy='replace_deliveries',
    tblproperties={'delta.dataSkippingStatsColumns': 'delivery_id'}
) }}

with delivered as (

    select *
    from {{ source('bronze', 'emissions') }}
    {%- if is_incremental() %}
    where {{ in_list('delivery_id', pending_deliveries().added + pending_deliveries().removed) }}
    {%- endif %}

),

measured as (

    select
        delivery_id,
        {{ parsed_measure(trimmed('adSelectionEmissions')) }} as ad_selection_gco2e,
        {{ parsed_measure(trimmed('creativeDistributionEmissions')) }} as creative_distribution_gco2e,
        {{ parsed_measure(trimmed('mediaDistributionEmissions')) }} as media_distribution_gco2e
    from delivered

),

weighed as (

    select
        delivery_id,
        ad_selection_gco2e + creative_distribution_gco2e + media_distribution_gco2e as weight_gco2e
    from measured

)

select
    delivery_id,
    count(*) as delivered_rows,
    coalesce({{ total('weight_gco2e') }}, cast(0 as decimal(28, 10))) as delivered_gco2e,
    count_if(weight_gco2e is null) as unweighable_rows
from weighed
group by delivery_id
