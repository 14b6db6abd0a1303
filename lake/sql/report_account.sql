-- Where every delivered row and gram is after a run, in one row; none where the run kept no account.
select *
from audit.conservation
where run_id = :run_id
