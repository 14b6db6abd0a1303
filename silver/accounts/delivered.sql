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

trimmed as (

    select
        delivery_id,
        {{ trimmed('adSelectionEmissions') }} as ad_selection_text,
        {{ trimmed('creativeDistributionEmissions') }} as creative_distribution_text,
        {{ trimmed('mediaDistributionEmissions') }} as media_distribution_text
    from delivered

),

weighed as (

    select
        delivery_id,
        {{ parsed_measure('ad_selection_text') }}
        + {{ parsed_measure('creative_distribution_text') }}
        + {{ parsed_measure('media_distribution_text') }} as weight_gco2e
    from trimmed

)

select
    delivery_id,
    count(*) as delivered_rows,
    coalesce({{ total('weight_gco2e') }}, cast(0 as decimal(28, 10))) as delivered_gco2e,
    count_if(weight_gco2e is null) as unweighable_rows
from weighed
group by delivery_id
