-- The last run before another that had succeeded and left other figures, or the one that is named. Needs the view
-- all_runs.
select
    run_id,
    finished_at,
    table_versions,
    code_version,
    status,
    steps
from all_runs
where
    status = 'succeeded'
    and steps in ('run', 'build')
    and finished_at < cast(:finished_at as timestamp)
    and table_versions['gold.daily_emissions'] is distinct from :version
    and (cast(:run_id as string) is null or run_id = :run_id)
order by finished_at desc, run_id desc
limit 1
