create table if not exists audit.runs (
    run_id string,
    started_at timestamp,
    finished_at timestamp,
    status string comment 'succeeded or failed',
    deliveries array<bigint> comment 'the delivery versions that the run recorded',
    table_versions map<string, bigint> comment 'the Delta version of every table as the run left it', -- noqa: LT01
    counts map<string, bigint> comment 'rows by what became of them, and the last ledger event taken in', -- noqa: LT01
    reason string comment 'why it failed',
    code_version string comment 'release and digest of the models, macros, seeds and tests that made the figures',
    steps string comment 'what was asked of the run: run, build, build silver or build gold'
)
using delta
comment 'One run, written last.'
