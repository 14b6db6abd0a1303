-- One winner a key, and no record both won and lost. A row here is a key or a record that stands twice.
select
    'key' as grain,
    record_key as identity,
    count(*) as place_count
from {{ ref('emissions') }}
group by record_key
having count(*) > 1

union all

select
    'record' as grain,
    concat(winners.delivery_id, '/', winners.record_number) as identity,
    2 as place_count
from {{ ref('duplicates') }} as losers
inner join {{ ref('emissions') }} as winners
    on
        losers.delivery_id = winners.delivery_id
        and losers.record_number = winners.record_number
