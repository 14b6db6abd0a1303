-- Every run, newest first, and whether all its tables can still be read as it left them: `gone_table` is the first that
-- cannot, at `gone_version`. A version is gone where its log begins after it, or where a file that it has was removed
-- by a later one and is not there any more. Needs the views all_runs, log_entries (log_path, is_addition, file, vector:
-- a file that a commit adds or removes, NULL where it does neither) and lake_files (path).
with actions as (

    select
        regexp_extract(log_path, '([^/]+/[^/]+)/_delta_log/', 1) as folder,
        cast(regexp_extract(log_path, '/([0-9]{20})[^/]*$', 1) as bigint) as version,
        is_addition,
        file,
        vector
    from log_entries
    where log_path rlike '/[0-9]{20}\\.json$'

),

-- a deletion vector's file bears a UUID, which the log writes in Z85 (Delta's protocol, "Deletion Vector Format")
named as (

    select
        * except (vector),
        array_join(transform(
            sequence(0, 3),
            place -> lpad(hex(aggregate(
                sequence(1, 5),
                0L,
                (number, digit) -> number * 85 + locate(
                    substr(right(vector, 20), place * 5 + digit, 1),
                    '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
                ) - 1
            )), 8, '0')
        ), '') as vector
    from actions
    where file is not null

),

files as (

    select
        regexp_extract(path, '([^/]+/[^/]+)/[^/]+$', 1) as folder,
        regexp_extract(path, '([^/]+)$', 1) as file,
        upper(replace(regexp_extract(path, 'deletion_vector_([0-9a-f-]{36})', 1), '-', '')) as vector
    from lake_files

),

freed as (

    select
        named.folder,
        named.version,
        named.file,
        named.vector
    from named
    left anti join files on named.folder = files.folder and named.file = files.file
    where not named.is_addition

    union

    select
        named.folder,
        named.version,
        named.file,
        named.vector
    from named
    left anti join files on named.folder = files.folder and named.vector = files.vector
    where not named.is_addition and named.vector is not null

),

commits as (

    select
        folder,
        min(version) as first_commit
    from actions
    group by folder

),

checkpoints as (

    select
        regexp_extract(path, '([^/]+/[^/]+)/_delta_log/', 1) as folder,
        cast(regexp_extract(path, '/([0-9]{20})\\.checkpoint', 1) as bigint) as version
    from lake_files
    where path rlike '/[0-9]{20}\\.checkpoint.*parquet$'

),

-- the versions that lack a file: from the one that added it, up to the one that removed it
lacking as (

    select
        freed.folder,
        coalesce(max(named.version), 0) as first_version,
        freed.version - 1 as last_version
    from freed
    left join named
        on
            freed.folder = named.folder
            and freed.file = named.file
            and freed.vector <=> named.vector
            and named.is_addition
            and freed.version > named.version
    group by freed.folder, freed.version, freed.file, freed.vector

    union all

    -- a log whose first commit is gone begins at a checkpoint
    select
        commits.folder,
        0 as first_version,
        coalesce(min(checkpoints.version), commits.first_commit) - 1 as last_version
    from commits
    left join checkpoints
        on commits.folder = checkpoints.folder and commits.first_commit <= checkpoints.version + 1
    where commits.first_commit > 0
    group by commits.folder, commits.first_commit

),

left_behind as (

    select
        run_id,
        table_name,
        replace(table_name, '.', '/') as folder,
        -- a run's own row is written right after it has noted the versions
        if(table_name = 'audit.runs', version + 1, version) as version
    from all_runs
        lateral view explode(table_versions) as table_name, version

),

gone as (

    select
        left_behind.run_id,
        min(struct(left_behind.table_name, left_behind.version)) as first_gone
    from left_behind
    inner join lacking
        on
            left_behind.folder = lacking.folder
            and left_behind.version between lacking.first_version and lacking.last_version
    group by left_behind.run_id

)

select
    all_runs.*,
    gone.run_id is null and all_runs.table_versions is not null as readable,
    gone.first_gone.table_name as gone_table,
    gone.first_gone.version as gone_version
from all_runs
left join gone on all_runs.run_id = gone.run_id
order by all_runs.started_at desc, all_runs.run_id desc
