-- Two tables as bags of rows: what the views kept and rebuilt do not share.
with sides as (

    select
        to_json(struct(*)) as content,
        1 as side
    from kept

    union all

    select
        to_json(struct(*)) as content,
        -1 as side
    from rebuilt

),

differing as (

    select
        content,
        sum(side) as surplus
    from sides
    group by content
    having sum(side) <> 0

)

select
    coalesce(sum(greatest(surplus, 0)), 0) as surplus_rows,
    coalesce(sum(greatest(-surplus, 0)), 0) as missing_rows,
    min(content) filter (where surplus > 0) as a_surplus_row,
    min(content) filter (where surplus < 0) as a_missing_row
from differing
