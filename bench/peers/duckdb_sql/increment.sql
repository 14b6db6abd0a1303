begin;

create temp table touched as
select activity_date from arriving
union
select activity_date from silver semi join arriving using (record_key);

merge into silver using arriving using (record_key)
when matched then update
when not matched then insert;

delete from daily_by_country_device where activity_date in (from touched);

insert into daily_by_country_device
select activity_date, country_code, device, count(*) as record_count, sum(total_gco2e)::decimal(28, 10) as total_gco2e
from silver
where activity_date in (from touched)
group by all;

delete from daily_by_domain_format where activity_date in (from touched);

insert into daily_by_domain_format
select activity_date, "domain", ad_format, count(*) as record_count, sum(total_gco2e)::decimal(28, 10) as total_gco2e
from silver
where activity_date in (from touched)
group by all;

commit;
