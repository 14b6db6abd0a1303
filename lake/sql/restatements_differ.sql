-- Whether audit.restatements says something else than the manifests. Needs the view stated_restatements.
with sides as (

    select
        to_json(struct(*)) as content,
        1 as side
    from stated_restatements

    union all

    select
        to_json(struct(*)) as content,
        -1 as side
    from audit.restatements

),

differing as (

    select content
    from sides
    group by content
    having sum(side) <> 0

)

select count(*) > 0 as differ
from differing
