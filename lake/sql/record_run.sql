-- One row a run, whatever is tried again. Needs the view this_run.
insert into audit.runs by name
replace where run_id = :run_id -- noqa: PRS
select * from this_run
