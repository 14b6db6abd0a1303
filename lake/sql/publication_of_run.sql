-- The publication that a run noted; rows of older versions of the code have none. Needs the view all_runs.
select coalesce(counts['publication'], 0) as publication
from all_runs
where run_id = :run_id
