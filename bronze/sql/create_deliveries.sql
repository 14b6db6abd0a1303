create table if not exists bronze.deliveries (
    delivery_id bigint comment 'rises with every version of every path',
    path string comment 'relative to the landing root: the identity of the delivery',
    content_sha256 string comment 'of the file''s bytes: the version of the delivery',
    size_bytes bigint,
    row_count bigint comment 'records in bronze.emissions',
    status string comment 'loaded, rejected, superseded or withdrawn',
    reason string comment 'why it was rejected',
    superseded_by bigint comment 'the delivery_id that took its place',
    loaded_at timestamp,
    event_number bigint comment 'the last ledger event that touched this row; rises with every event',
    header array<string> comment 'the column names of the file, in its order',
    fingerprint string comment 'size, times and inode of the landed file: spares hashing what did not change',
    run_id string comment 'the run that recorded it',
    renamed_columns map<string, string> comment 'names in the file that stand for columns (_columns.csv)' -- noqa: LT01
)
using delta
comment 'The delivery ledger: one delivery version.'
tblproperties ('lake.format' = '2')
