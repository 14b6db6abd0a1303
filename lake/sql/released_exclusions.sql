-- Rows and grams that the released figures leave out, or may leave out, by place. Needs the view
-- released_silver_excluded.
select
    place,
    count(*) as row_count,
    cast(coalesce(sum(weight_gco2e), 0) as decimal(28, 10)) as weight_gco2e,
    count_if(weight_gco2e is null) as unweighable_rows
from released_silver_excluded
group by place
order by place
