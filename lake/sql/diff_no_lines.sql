-- No causes: diff_groups.sql adds them up where there are any.
select
    '' as grain,
    0 as record_count,
    0 as total_gco2e
where false
