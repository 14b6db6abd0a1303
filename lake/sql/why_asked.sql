-- The slice that is asked for, its values cleaned as those of a record are.
with named as (

    select max(country_code) as country_code
    from silver.country_names
    where country_name = lower(trim(:country))

)

select
    case
        when octet_length(trim(:domain)) = length(trim(:domain)) then lower(trim(:domain))
        else collate(lower(collate(trim(:domain), 'UNICODE')), 'UTF8_BINARY')
    end as domain,
    coalesce(country_code, upper(trim(:country))) as country_code,
    lower(trim(:format)) as ad_format,
    case
        when lower(trim(:device)) in ('phone', 'smartphone') then 'mobile'
        when lower(trim(:device)) in ('pc', 'computer') then 'desktop'
        else lower(trim(:device))
    end as device
from named
