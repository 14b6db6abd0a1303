{{ config(
    incremental_strategy='merge_changes',
    unique_key=['delivery_id', 'record_number'],
    follows_winners=true,
    tblproperties={'delta.enableDeletionVectors': 'true',
        'delta.dataSkippingStatsColumns': 'activity_date,delivery_id,record_number'}
) }}
{%- do judges_records() %}
-- depends_on: {{ ref('emissions') }}

{%- set columns -%}
record_key, activity_date, domain, ad_format, country_code, ad_size, device, ad_selection_gco2e,
        creative_distribution_gco2e, media_distribution_gco2e, total_gco2e, domain_coverage, delivery_id, record_number
{%- endset %}

{%- set judged = judged_records() %}

with valid as (

    select {{ columns }}
    from {{ judged }}
    where size(reasons) = 0

),

{% if not is_incremental() %}

{%- set contested = contested_keys(judged) %}

ranked as (

    {{ contested_records(contested) }}

)

select {{ columns }}
from ranked
where place > 1

{% else %}

{%- set pending = pending_deliveries() %}

-- records that became winners or ceased to be since this table's place, as they stand now
moved as (

    {{ winner_moves(ref('emissions'), columns) }}

),

losers as (

    select valid.*
    from valid
    left anti join moved
        on
            valid.delivery_id = moved.delivery_id
            and valid.record_number = moved.record_number
            and moved.is_winner

    union

    select moved.* except (is_winner)
    from moved
    left semi join {{ source('bronze', 'deliveries') }} as deliveries
        on moved.delivery_id = deliveries.delivery_id and deliveries.status = 'loaded'
    where not moved.is_winner

),

gone as (

    select {{ columns }}
    from {{ this }}
    where {{ in_list('delivery_id', pending.removed) }}

    union

    select {{ columns }}
    from {{ this }} as duplicates
    left semi join moved
        on
            duplicates.delivery_id = moved.delivery_id
            and duplicates.record_number = moved.record_number
            and moved.is_winner

),

changes as (

    select
        *,
        cast(null as date) as _previous_date,
        'keep' as _change
    from losers

    union all

    select
        *,
        cast(null as date) as _previous_date,
        'delete' as _change
    from gone

)

select * from changes

{% endif %}
