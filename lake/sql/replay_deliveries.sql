-- The delivery versions that corrections concern, and how many they correct in each. Needs the view corrections.
select
    deliveries.delivery_id,
    deliveries.path,
    any_value(deliveries.header) as header,
    coalesce(any_value(deliveries.renamed_columns), map()) as renamed_columns,
    count(*) as corrected_rows,
    max(get(corrections.cells, 11)) <> '' as has_record_ids
from corrections
inner join bronze.deliveries as deliveries on corrections.delivery_id = deliveries.delivery_id
group by deliveries.delivery_id, deliveries.path
order by deliveries.delivery_id
