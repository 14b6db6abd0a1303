-- The bronze records of the deliveries of a release. Needs the views period_of_bronze_emissions, released_deliveries.
select records.*
from period_of_bronze_emissions as records
left semi join released_deliveries on records.delivery_id = released_deliveries.delivery_id
