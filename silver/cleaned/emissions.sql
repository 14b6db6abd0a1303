{{ config(
    incremental_strategy='merge_changes',
    unique_key=['record_key'],
    tblproperties={
        'delta.enableChangeDataFeed': 'true',
        'delta.enableDeletionVectors': 'true',
        'delta.dataSkippingStatsColumns': 'activity_date,delivery_id,record_number'
    },
    checks={
        'has_key': "record_key like 'id:_%' or record_key rlike '^h:[0-9a-f]{32}$'",
        'has_date': 'activity_date is not null',
        'has_domain': "domain like '%.%'",
        'has_country': "country_code rlike '^[A-Z]{2}$'",
        'knows_format': "ad_format in ('audio', 'banner', 'display', 'native', 'video')",
        'knows_device': "device in ('desktop', 'mobile', 'tablet')",
        'knows_coverage': "domain_coverage in ('measured', 'modeled')",
        'has_size': "ad_size rlike '^[0-9]+x[0-9]+$'",
        'is_not_negative': 'least(ad_selection_gco2e, creative_distribution_gco2e, media_distribution_gco2e) >= 0',
        'total_is_sum': 'total_gco2e = ad_selection_gco2e + creative_distribution_gco2e + media_distribution_gco2e',
        'has_origin': 'delivery_id > 0 and record_number > 0'
    }
) }}
{%- do judges_records() %}

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

alone as (

    select valid.*
    from valid
    left anti join {{ contested }} as contested on xxhash64(valid.record_key) = contested.key_digest

),

ranked as (

    {{ contested_records(contested) }}

),

winners as (

    select * from alone

    union all

    select * except (place)
    from ranked
    where place = 1

)

select /*+ repartition_by_range(activity_date) */ *
from winners

{% else %}

{%- set pending = pending_deliveries() %}

-- winners whose delivery went
vacated as (

    select
        record_key,
        activity_date
    from {{ this }}
    where {{ in_list('delivery_id', pending.removed) }}

),

-- records that had lost to them and now may win
successors as (

    {{ former_losers(columns, pending) }}

),

ranked as (

    select
        *,
        row_number() over (partition by record_key order by {{ winner_order() }}) as place
    from (select * from valid union all select * from successors)

),

best as (

    select * except (place)
    from ranked
    where place = 1

),

-- where a source's own identity moved to another date, the old date must be found again
previous as (

    select
        record_key,
        activity_date
    from {{ this }}
    where record_key in (select {{ few('best', pending) }} record_key from best where record_key like 'id:%')

),

changes as (

    select {{ few('vacated, previous', pending) }}
        best.*,
        coalesce(vacated.activity_date, previous.activity_date) as _previous_date,
        if(best.record_key like 'id:%' or vacated.record_key is not null, 'replace', 'keep') as _change
    from best
    left join vacated on best.record_key = vacated.record_key
    left join previous on best.record_key = previous.record_key

    union all

    select
        vacated.record_key,
        vacated.activity_date,
        null, null, null, null, null, null, null, null, null, null, null, null,
        vacated.activity_date as _previous_date,
        'delete' as _change
    from vacated
    left anti join best on vacated.record_key = best.record_key

)

select * from changes

{% endif %}
