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

with refused as (

    select
        reasons,
        weight_gco2e,
        as_delivered.*
    from {{ judged_records() }}
    where size(reasons) > 0

)

select
    delivery_id,
    record_number,
    reasons,
    weight_gco2e,
    * except (delivery_id, record_number, reasons, weight_gco2e)
from refused
