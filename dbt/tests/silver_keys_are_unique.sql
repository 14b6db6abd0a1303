-- One winner a key; a row here is a key with several.
select
    record_key,
    count(*) as winner_count
from {{ ref('emissions') }}
group by record_key
having count(*) > 1
