{{ config(
    incremental_strategy='replace_deliveries',
    tblproperties={
        'delta.dataSkippingStatsColumns': 'delivery_id,record_number'
    },
    checks={
        'has_reason': 'size(reasons) > 0',
        'knows_reasons': "size(array_except(reasons, array('malformed_line', 'invalid_date', 'future_date', "
            "'missing_domain', 'invalid_domain', 'missing_country', 'unknown_country', 'unknown_format', "
            "'unknown_device', 'invalid_ad_size', 'unknown_coverage', 'missing_measure', 'invalid_measure', "
            "'negative_measure', 'total_mismatch'))) = 0",
        'malformed_alone': "size(reasons) = 1 or not array_contains(reasons, 'malformed_line')"
    }
) }}
{%- do judges_records() %}
{%- set records = arrived_records() if is_incremental() else ref('stg_records') %}

{%- if is_incremental() %}
    {%- set standing = in_list('delivery_id', pending_deliveries().added) %}
{%- else %}
    {%- set standing = "delivery_id in (select delivery_id from " ~ source('bronze', 'deliveries')
        ~ " where status = 'loaded')" %}
{%- endif %}

with refused as (

    select
        delivery_id,
        record_number,
        reasons,
        weight_gco2e
    from {{ records }}
    where {{ standing }} and size(reasons) > 0

),

delivered as (

    select *
    from {{ source('bronze', 'emissions') }}
    where {{ standing }}

),

final as (

    select
        refused.reasons,
        refused.weight_gco2e,
        delivered.*
    from refused
    inner join delivered
        on
            refused.delivery_id = delivered.delivery_id
            and refused.record_number = delivered.record_number

)

select
    delivery_id,
    record_number,
    reasons,
    weight_gco2e,
    * except (delivery_id, record_number, reasons, weight_gco2e)
from final
