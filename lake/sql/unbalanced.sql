-- Deliveries whose rows or grams are not all accounted for. Needs the view accounts.
select *
from accounts
where
    delivered_rows <> silver_rows + quarantined_rows + duplicate_rows + superseded_rows
    or delivered_gco2e <> silver_gco2e + quarantined_gco2e + duplicate_gco2e + superseded_gco2e
