-- The runs that an argument may mean, best first: of that identity, else whose identity begins so, else the last that
-- had succeeded by a moment. `meaning` is 1, 2 or 3; all rows have the same. Needs the view all_runs.
with named as (

    select
        run_id,
        finished_at,
        table_versions,
        code_version,
        status,
        steps,
        case
            when run_id = :given then 1
            when startswith(run_id, :given) then 2
            when status = 'succeeded' and finished_at <= cast(:moment as timestamp) then 3
        end as meaning
    from all_runs

),

best as (

    select
        *,
        min(meaning) over () as best_meaning
    from named

)

select * except (best_meaning)
from best
where meaning = best_meaning
order by finished_at desc, run_id desc
limit 5
