-- The first records of each place of a slice, the heaviest first: where they came from, what was delivered, what
-- cleaning changed, why they were refused or to which winner they lost. Needs the view slice.
with ranked as (

    select
        *,
        row_number() over (
            partition by place order by weight_gco2e desc nulls last, delivery_id asc, record_number asc
        ) as rank
    from slice

),

shown as (

    select * from ranked
    where rank <= :row_limit

),

winners as (

    select
        emissions.record_key,
        named_struct(
            'path', deliveries.path,
            'delivery_id', emissions.delivery_id,
            'record_number', emissions.record_number,
            'activity_date', emissions.activity_date,
            'total_gco2e', emissions.total_gco2e
        ) as winner
    from silver.emissions as emissions
    left semi join shown on emissions.record_key = shown.record_key and shown.place = 'duplicate'
    inner join bronze.deliveries as deliveries on emissions.delivery_id = deliveries.delivery_id

),

-- a number that is only written otherwise is not changed
spelled as (

    select
        shown.*,
        raw_records.malformed_line,
        named_struct(
            'date', raw_records.date,
            'domain', raw_records.domain,
            'format', raw_records.format,
            'country', raw_records.country,
            'ad_size', raw_records.ad_size,
            'device', raw_records.device,
            'adSelectionEmissions', raw_records.adSelectionEmissions,
            'creativeDistributionEmissions', raw_records.creativeDistributionEmissions,
            'mediaDistributionEmissions', raw_records.mediaDistributionEmissions,
            'totalEmissions', raw_records.totalEmissions,
            'domainCoverage', raw_records.domainCoverage,
            'record_id', raw_records.record_id,
            'extra_columns', raw_records.extra_columns
        ) as delivered,
        array(
            named_struct(
                'column', 'date',
                'delivered', raw_records.date,
                'cleaned', cast(shown.activity_date as string)
            ),
            named_struct('column', 'domain', 'delivered', raw_records.domain, 'cleaned', shown.domain),
            named_struct('column', 'format', 'delivered', raw_records.format, 'cleaned', shown.ad_format),
            named_struct('column', 'country', 'delivered', raw_records.country, 'cleaned', shown.country_code),
            named_struct('column', 'ad_size', 'delivered', raw_records.ad_size, 'cleaned', shown.ad_size),
            named_struct('column', 'device', 'delivered', raw_records.device, 'cleaned', shown.device),
            named_struct(
                'column', 'domainCoverage',
                'delivered', raw_records.domainCoverage,
                'cleaned', shown.domain_coverage
            )
        ) as texts,
        array(
            named_struct(
                'column', 'adSelectionEmissions',
                'delivered', raw_records.adSelectionEmissions,
                'cleaned', cast(shown.ad_selection_gco2e as string)
            ),
            named_struct(
                'column', 'creativeDistributionEmissions',
                'delivered', raw_records.creativeDistributionEmissions,
                'cleaned', cast(shown.creative_distribution_gco2e as string)
            ),
            named_struct(
                'column', 'mediaDistributionEmissions',
                'delivered', raw_records.mediaDistributionEmissions,
                'cleaned', cast(shown.media_distribution_gco2e as string)
            )
        ) as measures
    from shown
    inner join bronze.emissions as raw_records
        on shown.delivery_id = raw_records.delivery_id and shown.record_number = raw_records.record_number

)

select
    spelled.place,
    deliveries.path,
    deliveries.content_sha256,
    spelled.delivery_id,
    spelled.record_number,
    spelled.record_key,
    cast(spelled.weight_gco2e as decimal(28, 10)) as weight_gco2e,
    if(spelled.malformed_line is null, spelled.delivered, null) as delivered,
    spelled.malformed_line,
    if(spelled.malformed_line is null, concat(
        filter(spelled.texts, text -> not (text.delivered <=> text.cleaned)),
        filter(
            spelled.measures,
            measure -> not (
                try_cast(measure.delivered as decimal(38, 20)) <=> try_cast(measure.cleaned as decimal(38, 20))
            )
        )
    ), array()) as changed,
    spelled.reasons,
    winners.winner,
    deliveries.superseded_by
from spelled
inner join bronze.deliveries as deliveries on spelled.delivery_id = deliveries.delivery_id
left join winners on spelled.place = 'duplicate' and spelled.record_key = winners.record_key
order by
    array_position(array('silver', 'quarantined', 'unplaced', 'duplicate', 'superseded', 'withdrawn'), spelled.place),
    spelled.rank
