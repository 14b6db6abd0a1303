select
    status,
    coalesce(steps, 'run') as steps
from audit.runs
where run_id = :run_id
