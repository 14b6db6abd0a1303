select
    reason,
    count(*) as row_count,
    cast(coalesce(sum(weight_gco2e), 0) as decimal(28, 10)) as weight_gco2e
from silver.quarantine
    lateral view explode(reasons) as reason
group by reason
order by row_count desc, reason asc
