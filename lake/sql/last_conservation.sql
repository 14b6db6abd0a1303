-- The account of the last successful run. Needs the views kept_runs and kept_conservation.
with last_run as (

    select max_by(run_id, started_at) as run_id
    from kept_runs
    where status = 'succeeded'

)

select kept_conservation.*
from kept_conservation
left semi join last_run on kept_conservation.run_id = last_run.run_id
