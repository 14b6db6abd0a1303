-- The three shares of a day's emissions are all of it, within floating point.
select *
from {{ ref('emission_contributions') }}
where
    total_gco2e <> 0
    and coalesce(abs(ad_selection_share + creative_distribution_share + media_distribution_share - 1) > 1e-9, true)
