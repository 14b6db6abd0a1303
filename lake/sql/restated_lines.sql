-- What changed a closed period, of the lines between what was released and what is. Needs the view all_lines (with the
-- grain `in` for records in the period). A period that was released is over, so what comes new to it comes late; and a
-- record whose delivery stayed gave way to one of the same identity outside of the period, or took its place.
select
    * except (cause),
    case cause
        when 'new_delivery' then 'late_delivery'
        when 'unfinished_run' then 'other_period'
        else cause
    end as cause
from all_lines
where grain = 'in'
