{{ config(materialized='view', pre_hook=[], post_hook=[]) }}

select
    record_key,
    {{ share('ad_selection_gco2e', 'total_gco2e') }} as ad_selection_share,
    {{ share('creative_distribution_gco2e', 'total_gco2e') }} as creative_distribution_share,
    {{ share('media_distribution_gco2e', 'total_gco2e') }} as media_distribution_share
from {{ ref('emissions') }}
