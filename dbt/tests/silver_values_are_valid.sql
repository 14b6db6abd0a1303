-- What judging lets through; a row here is a winner that it should have refused.
select *
from {{ ref('emissions') }}
where
    record_key is null
    or activity_date is null
    or coalesce(domain, '') not like '%.%'
    or coalesce(length(country_code), 0) <> 2
    or coalesce(ad_format, '') not in ('audio', 'banner', 'display', 'native', 'video')
    or coalesce(device, '') not in ('desktop', 'mobile', 'tablet')
    or coalesce(domain_coverage, '') not in ('measured', 'modeled')
    or coalesce(ad_size, '') not rlike '^[0-9]+x[0-9]+$'
    or coalesce(least(ad_selection_gco2e, creative_distribution_gco2e, media_distribution_gco2e), -1) < 0
    or coalesce(total_gco2e <> ad_selection_gco2e + creative_distribution_gco2e + media_distribution_gco2e, true)
