begin;

create or replace table silver as
select * from arriving
order by activity_date;

create or replace table daily_by_country_device as
select activity_date, country_code, device, count(*) as record_count, sum(total_gco2e)::decimal(28, 10) as total_gco2e
from silver
group by all;

create or replace table daily_by_domain_format as
select activity_date, "domain", ad_format, count(*) as record_count, sum(total_gco2e)::decimal(28, 10) as total_gco2e
from silver
group by all;

commit;
