-- A record won or lost; a row here did both.
select
    winners.delivery_id,
    winners.record_number
from {{ ref('duplicates') }} as losers
inner join {{ ref('emissions') }} as winners
    on
        losers.delivery_id = winners.delivery_id
        and losers.record_number = winners.record_number
