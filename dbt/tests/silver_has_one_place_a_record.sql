-- One winner a key, and no record both won and lost. A row here is a key or a record that stands twice.
-- After an increment the dates that it touched are looked at.
{%- set touched_dates = dates_of_this_build(ref('emissions'), 'activity_date') %}

with winners as (

    select
        record_key,
        delivery_id,
        record_number
    from {{ ref('emissions') }}
    where {{ touched_dates }}

),

losers as (

    select
        delivery_id,
        record_number
    from {{ ref('duplicates') }}
    where {{ touched_dates }}

)

select
    'key' as grain,
    record_key as identity,
    count(*) as place_count
from winners
group by record_key
having count(*) > 1

union all

select
    'record' as grain,
    concat(losers.delivery_id, '/', losers.record_number) as identity,
    2 as place_count
from losers
inner join winners
    on
        losers.delivery_id = winners.delivery_id
        and losers.record_number = winners.record_number
