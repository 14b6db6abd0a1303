-- The winners of a closed period as they are now, and those outside of it that were in it. Needs the views
-- period_of_silver_emissions and silver_before.
select
    emissions.*,
    if(emissions.activity_date between cast(:first_day as date) and cast(:last_day as date), 'in', 'out') as grain
from period_of_silver_emissions as emissions
where
    emissions.activity_date between cast(:first_day as date) and cast(:last_day as date)
    or emissions.record_key in (select silver_before.record_key from silver_before)
