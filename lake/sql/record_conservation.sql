-- One row a run, whatever is tried again. Needs the view this_account.
insert into audit.conservation by name
replace where run_id = :run_id -- noqa: PRS
select * from this_account
