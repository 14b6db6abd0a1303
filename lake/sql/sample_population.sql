-- The population of a sample in sum; a unit is 0.0000000001 g. Needs the view population.
select
    count(*) as row_count,
    cast(coalesce(sum(weight_gco2e), 0) as decimal(28, 10)) as weight_gco2e,
    count_if(size_gco2e = 0) as never_drawn_rows,
    cast(
        coalesce(sum(cast(cast(size_gco2e as decimal(24, 10)) * 10000000000BD as decimal(38, 0))), 0)
        as decimal(38, 0)
    ) as all_units
from population
