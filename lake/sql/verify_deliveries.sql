-- The ledger's rows of the deliveries of a release, as they are now. Needs the views ledger_now, released_deliveries.
select
    ledger_now.delivery_id,
    ledger_now.path,
    ledger_now.content_sha256,
    ledger_now.row_count
from ledger_now
left semi join released_deliveries on ledger_now.delivery_id = released_deliveries.delivery_id
