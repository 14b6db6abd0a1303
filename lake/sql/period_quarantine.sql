-- The refused rows that belong to a period, or may belong to it. Needs the views of lake/period.py and period_excluded.
select quarantine.*
from period_of_silver_quarantine as quarantine
left semi join period_excluded
    on
        quarantine.delivery_id = period_excluded.delivery_id
        and quarantine.record_number = period_excluded.record_number
