-- One ledger commit of new delivery versions that supersede none: what merge_ledger.sql does, at less cost.
-- It reads the ledger, too: an id that is there stays, and Delta refuses it where another has committed meanwhile.
insert into bronze.deliveries by name
select
    new_deliveries.*,
    cast(null as bigint) as superseded_by
from new_deliveries
left anti join bronze.deliveries as entered
    on new_deliveries.delivery_id = entered.delivery_id
