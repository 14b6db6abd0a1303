-- The flagged domain days that lie the most grams away from their medians, and how many there are in all.
select
    *,
    count(*) over () as flagged_count
from gold.flagged_domain_days
order by abs(total_gco2e - median_gco2e) desc, activity_date desc, domain asc
limit :row_limit
