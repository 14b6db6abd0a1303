select
    activity_date::varchar as activity_date,
    country_code,
    device,
    record_count,
    total_gco2e::varchar as total_gco2e
from daily_by_country_device;

select
    activity_date::varchar as activity_date,
    "domain",
    ad_format,
    record_count,
    total_gco2e::varchar as total_gco2e
from daily_by_domain_format;
