-- What left the winning records between two runs (one record and its grams less) and what came in (more), each with
-- its cause and the delivery that caused it. Needs the views silver_before and silver_after (with `grain`, what the
-- change is told by), ledger_before and ledger_after.
with paired as (

    select
        earlier.record_key is not null as was_there,
        later.record_key is not null as is_there,
        earlier.grain as earlier_grain,
        later.grain as later_grain,
        earlier.total_gco2e as earlier_gco2e,
        later.total_gco2e as later_gco2e,
        later.activity_date as later_date,
        earlier.delivery_id as earlier_delivery_id,
        later.delivery_id as later_delivery_id,
        earlier.delivery_id = later.delivery_id
        and earlier.record_number = later.record_number as is_same_record
    from silver_before as earlier
    full outer join silver_after as later on earlier.record_key = later.record_key
    where not (earlier.grain <=> later.grain and earlier.total_gco2e <=> later.total_gco2e)

),

-- the version of each path that stood, or had been taken back, at the earlier run
earlier_versions as (

    select
        path,
        max_by(status, delivery_id) as status,
        max_by(content_sha256, delivery_id) as content_sha256
    from ledger_before
    where status <> 'rejected'
    group by path

),

situated as (

    select
        paired.*,
        gone.status as gone_status,
        gone.superseded_by,
        known.delivery_id is null as is_new_delivery,
        earlier_versions.status as path_status,
        earlier_versions.content_sha256 = came.content_sha256 as has_same_bytes,
        coalesce(array_contains(came.header, 'corrects_refused'), false) as corrects_refused,
        paired.later_date <= (select max(silver_before.activity_date) from silver_before) as is_late
    from paired
    left join ledger_after as gone on paired.earlier_delivery_id = gone.delivery_id
    left join ledger_after as came on paired.later_delivery_id = came.delivery_id
    left join ledger_before as known on paired.later_delivery_id = known.delivery_id
    left join earlier_versions on came.path = earlier_versions.path

),

caused as (

    select
        *,
        case
            when was_there and is_same_record then 'changed_rule'
            when was_there and gone_status = 'withdrawn' then 'withdrawn'
            when was_there and gone_status = 'superseded' then 'new_version'
            when is_there and is_new_delivery and path_status = 'withdrawn' and has_same_bytes then 'undone'
            when was_there and is_there and is_new_delivery
                then if(corrects_refused, 'quarantine_correction', 'source_correction')
            when was_there or not is_new_delivery then if(:same_code, 'unfinished_run', 'changed_rule')
            when corrects_refused then 'quarantine_correction'
            when path_status = 'loaded' then 'new_version'
            when coalesce(is_late, false) then 'late_delivery'
            else 'new_delivery'
        end as cause,
        case
            when is_there and is_new_delivery then later_delivery_id
            else coalesce(superseded_by, earlier_delivery_id, later_delivery_id)
        end as cause_delivery_id
    from situated

)

select
    cause,
    cause_delivery_id,
    earlier_grain as grain,
    -1 as record_count,
    -earlier_gco2e as total_gco2e
from caused
where was_there

union all

select
    cause,
    cause_delivery_id,
    later_grain as grain,
    1 as record_count,
    later_gco2e as total_gco2e
from caused
where is_there
