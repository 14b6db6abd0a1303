-- Cuts staged lines (bronze/records.py has their form) into the source's columns.
-- Two views feed it: staged_lines (value) and staged_headers (one row a delivery, positions counted from 0).
with lines as (

    select split(value, '\u001f', 4) as parts
    from staged_lines

),

records as (

    select
        cast(parts[0] as bigint) as delivery_id,
        cast(parts[1] as bigint) as record_number,
        parts[2] as kind,
        parts[3] as payload
    from lines

),

cut as (

    select
        records.*,
        staged_headers.field_count,
        staged_headers.positions,
        staged_headers.extra_names,
        staged_headers.extra_positions,
        case records.kind
            -- one piece more than there are columns tells enough: a record of a million commas must not fill the memory
            when 'p' then split(records.payload, ',', staged_headers.field_count + 1)
            when 'q' then transform(
                split(records.payload, '\u001f'),
                field -> replace(
                    replace(replace(replace(field, '\u001bn', '\n'), '\u001br', '\r'), '\u001bu', '\u001f'),
                    '\u001be', '\u001b'
                )
            )
        end as delivered_fields
    from records
    inner join staged_headers on records.delivery_id = staged_headers.delivery_id

),

framed as (

    select
        delivery_id,
        record_number,
        kind,
        payload,
        positions,
        extra_names,
        extra_positions,
        -- a record with another number of fields than the header has no fields that can be told apart
        if(size(delivered_fields) = field_count, delivered_fields, null) as fields
    from cut

)

select
    delivery_id,
    record_number,
    get(fields, positions[0]) as date,
    get(fields, positions[1]) as domain,
    get(fields, positions[2]) as format,
    get(fields, positions[3]) as country,
    get(fields, positions[4]) as ad_size,
    get(fields, positions[5]) as device,
    get(fields, positions[6]) as adSelectionEmissions,
    get(fields, positions[7]) as creativeDistributionEmissions,
    get(fields, positions[8]) as mediaDistributionEmissions,
    get(fields, positions[9]) as totalEmissions,
    get(fields, positions[10]) as domainCoverage,
    get(fields, positions[11]) as record_id,
    if(
        fields is not null and size(extra_names) > 0,
        map_from_arrays(extra_names, transform(extra_positions, position -> get(fields, position))),
        null
    ) as extra_columns,
    case
        when fields is not null then null
        when kind = 'm' then replace(replace(payload, '\u001bn', '\n'), '\u001be', '\u001b')
        else payload
    end as malformed_line
from framed
