-- The tables whose versions a run changed, and to which. A run notes the versions before it writes its own row.
with previous as (

    select table_versions
    from audit.runs
    where (started_at, run_id) < (:started_at, :run_id)
    order by started_at desc, run_id desc
    limit 1

),

after_run as (

    select
        table_name,
        version
    from audit.runs
        lateral view explode(table_versions) as table_name, version
    where run_id = :run_id

),

before_run as (

    select
        table_name,
        version
    from previous
        lateral view explode(table_versions) as table_name, version

)

select
    after_run.table_name,
    after_run.version
from after_run
left join before_run on after_run.table_name = before_run.table_name
where
    after_run.version is distinct from before_run.version
    and after_run.table_name not in ('audit.runs', 'audit.restatements')
order by after_run.table_name
