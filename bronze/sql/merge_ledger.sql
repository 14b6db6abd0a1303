-- One ledger commit: the new delivery versions, and the loaded versions that they supersede.
merge into bronze.deliveries as ledger
using (

    select
        delivery_id as matched_id,
        *
    from new_deliveries

    union all

    select
        previous.delivery_id as matched_id,
        new_deliveries.*
    from new_deliveries
    inner join bronze.deliveries as previous
        on new_deliveries.path = previous.path
    where
        new_deliveries.status = 'loaded'
        and previous.status = 'loaded'

) as arrived
    on ledger.delivery_id = arrived.matched_id
when matched then
    update set
        status = 'superseded',
        superseded_by = arrived.delivery_id,
        event_number = arrived.event_number
when not matched then insert (
    delivery_id, path, content_sha256, size_bytes, row_count, status, reason, superseded_by, loaded_at,
    event_number, header, fingerprint, run_id, renamed_columns
) values (
    arrived.delivery_id, arrived.path, arrived.content_sha256, arrived.size_bytes, arrived.row_count, arrived.status,
    arrived.reason, null, arrived.loaded_at, arrived.event_number, arrived.header, arrived.fingerprint, arrived.run_id,
    arrived.renamed_columns
)
