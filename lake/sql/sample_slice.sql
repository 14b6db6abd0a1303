-- The records of a sample, judged once more, as why_records.sql takes them. Needs the views sampled and sampled_judged.
select
    sampled.place,
    sampled.weight_gco2e,
    sampled.reasons,
    judged.* except (weight_gco2e, total_gco2e, reasons)
from sampled
inner join sampled_judged as judged
    on sampled.delivery_id = judged.delivery_id and sampled.record_number = judged.record_number
