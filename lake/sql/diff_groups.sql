-- Each group of gold that differs between two runs, the largest change of grams first, and a last row over all
-- (`grain` NULL): volume is what the change of records makes at the earlier grams per record, intensity the rest.
-- `explained`: the causes add up to the change, in records and grams. Needs the views gold_before, gold_after, lines.
with sides as (

    select
        grain,
        record_count as records_before,
        total_gco2e as gco2e_before,
        0 as records_after,
        0 as gco2e_after,
        0 as caused_records,
        0 as caused_gco2e
    from gold_before

    union all

    select
        grain,
        0 as records_before,
        0 as gco2e_before,
        record_count as records_after,
        total_gco2e as gco2e_after,
        0 as caused_records,
        0 as caused_gco2e
    from gold_after

    union all

    select
        grain,
        0 as records_before,
        0 as gco2e_before,
        0 as records_after,
        0 as gco2e_after,
        record_count as caused_records,
        total_gco2e as caused_gco2e
    from lines

    union all

    -- of no rows there would be no last row either
    select
        cast(null as string) as grain,
        0 as records_before,
        0 as gco2e_before,
        0 as records_after,
        0 as gco2e_after,
        0 as caused_records,
        0 as caused_gco2e

),

summed as (

    select
        grain,
        grouping(grain) = 1 as is_total,
        sum(records_before) as records_before,
        cast(sum(gco2e_before) as decimal(24, 10)) as gco2e_before,
        sum(records_after) as records_after,
        cast(sum(gco2e_after) as decimal(24, 10)) as gco2e_after,
        sum(caused_records) as caused_records,
        cast(sum(caused_gco2e) as decimal(24, 10)) as caused_gco2e
    from sides
    group by grouping sets ((grain), ())

),

changed as (

    select
        *,
        records_after - records_before as record_change,
        cast(gco2e_after - gco2e_before as decimal(24, 10)) as change_gco2e
    from summed

),

split as (

    select
        *,
        -- where there was nothing, or nothing is left, there is no intensity to compare
        if(
            records_before = 0 or records_after = 0,
            change_gco2e,
            cast(
                try_divide(gco2e_before * cast(record_change as decimal(10, 0)), cast(records_before as decimal(10, 0)))
                as decimal(24, 10)
            )
        ) as volume_gco2e
    from changed

)

select
    is_total,
    grain,
    records_before,
    records_after,
    record_change,
    cast(gco2e_before as decimal(28, 10)) as gco2e_before,
    cast(gco2e_after as decimal(28, 10)) as gco2e_after,
    cast(change_gco2e as decimal(28, 10)) as change_gco2e,
    try_divide(cast(100 * change_gco2e as double), cast(gco2e_before as double)) as change_percent,
    cast(volume_gco2e as decimal(28, 10)) as volume_gco2e,
    cast(change_gco2e - volume_gco2e as decimal(28, 10)) as intensity_gco2e,
    caused_records = record_change and caused_gco2e = change_gco2e as explained
from split
where
    is_total
    or record_change <> 0
    or change_gco2e <> 0
    or caused_records <> 0
    or caused_gco2e <> 0
order by is_total asc, abs(change_gco2e) desc, grain asc
