-- Every delivered record, cleaned, typed and judged; nothing is dropped here.
with delivered as (

    select
        records.*,
        struct(records.*) as as_delivered,
        cast(deliveries.loaded_at as date) as loaded_on
    from {{ source('bronze', 'emissions') }} as records
    inner join {{ source('bronze', 'deliveries') }} as deliveries
        on records.delivery_id = deliveries.delivery_id

),

trimmed as (

    select
        *,
        {{ trimmed('date') }} as date_text,
        {{ trimmed('domain') }} as trimmed_domain,
        {{ trimmed('format') }} as trimmed_format,
        {{ trimmed('country') }} as trimmed_country,
        {{ trimmed('ad_size') }} as trimmed_ad_size,
        {{ trimmed('device') }} as trimmed_device,
        {{ trimmed('domainCoverage') }} as trimmed_coverage,
        {{ trimmed('adSelectionEmissions') }} as ad_selection_text,
        {{ trimmed('creativeDistributionEmissions') }} as creative_distribution_text,
        {{ trimmed('mediaDistributionEmissions') }} as media_distribution_text,
        {{ trimmed('totalEmissions') }} as stated_total_text,
        {{ trimmed('record_id') }} as record_id_text
    from delivered

),

lowered as (

    select
        *,
        {{ lowered('trimmed_domain') }} as domain_text,
        {{ lowered('trimmed_format') }} as ad_format,
        {{ lowered('trimmed_country') }} as country_text,
        {{ lowered('trimmed_ad_size') }} as cleaned_ad_size,
        {{ lowered('trimmed_device') }} as device_text,
        {{ lowered('trimmed_coverage') }} as domain_coverage
    from trimmed

),

located as (

    select
        lowered.*,
        country_names.country_code
    from lowered
    left join {{ ref('country_names') }} as country_names
        on lowered.country_text = country_names.country_name

),

typed as (

    select
        *,
        {{ parsed_date('date_text') }} as activity_date,
        if(
            domain_text like 'www.%' or domain_text like '%.',
            regexp_replace(regexp_replace(domain_text, '^www\\.', ''), '\\.$', ''),
            domain_text
        ) as cleaned_domain,
        case
            when device_text in ('phone', 'smartphone') then 'mobile'
            when device_text in ('pc', 'computer') then 'desktop'
            else device_text
        end as cleaned_device,
        {{ parsed_measure('ad_selection_text') }} as ad_selection_gco2e,
        {{ parsed_measure('creative_distribution_text') }} as creative_distribution_gco2e,
        {{ parsed_measure('media_distribution_text') }} as media_distribution_gco2e,
        {{ parsed_measure('stated_total_text') }} as stated_total_gco2e
    from located

),

weighed as (

    select
        *,
        ad_selection_gco2e + creative_distribution_gco2e + media_distribution_gco2e as parts_gco2e
    from typed

),

-- array_except() leaves out what does not apply; array_compact() would too, but Spark does not compile it
judged as (

    select
        *,
        case
            when malformed_line is not null then array('malformed_line')
            else array_except(array(
                if(activity_date is null, 'invalid_date', null),
                if(activity_date > loaded_on, 'future_date', null),
                if(cleaned_domain = '', 'missing_domain', null),
                if(cleaned_domain <> '' and {{ is_invalid_domain('cleaned_domain') }}, 'invalid_domain', null),
                if(country_text = '', 'missing_country', null),
                if(country_text <> '' and country_code is null, 'unknown_country', null),
                if(ad_format not in ('audio', 'banner', 'display', 'native', 'video'), 'unknown_format', null),
                if(cleaned_device not in ('desktop', 'mobile', 'tablet'), 'unknown_device', null),
                if(cleaned_ad_size not rlike '^[0-9]+x[0-9]+$', 'invalid_ad_size', null),
                if(domain_coverage not in ('measured', 'modeled'), 'unknown_coverage', null),
                if(
                    ad_selection_text = '' or creative_distribution_text = ''
                    or media_distribution_text = '' or stated_total_text = '',
                    'missing_measure', null
                ),
                if(
                    (ad_selection_text <> '' and ad_selection_gco2e is null)
                    or (creative_distribution_text <> '' and creative_distribution_gco2e is null)
                    or (media_distribution_text <> '' and media_distribution_gco2e is null)
                    or (stated_total_text <> '' and stated_total_gco2e is null)
                    or abs(parts_gco2e) >= {{ too_large_gco2e() }},
                    'invalid_measure', null
                ),
                if(
                    ad_selection_gco2e < 0 or creative_distribution_gco2e < 0
                    or media_distribution_gco2e < 0 or stated_total_gco2e < 0,
                    'negative_measure', null
                ),
                if({{ is_total_mismatch('stated_total_gco2e', 'parts_gco2e') }}, 'total_mismatch', null)
            ), array(null))
        end as reasons
    from weighed

),

final as (

    select
        delivery_id,
        record_number,
        case
            when record_id_text <> '' then concat('id:', record_id_text)
            else concat('h:', {{ digest([
                'activity_date', 'cleaned_domain', 'ad_format', 'country_code', 'cleaned_ad_size', 'cleaned_device',
                'ad_selection_gco2e', 'creative_distribution_gco2e', 'media_distribution_gco2e', 'stated_total_gco2e',
                'domain_coverage'
            ]) }})
        end as record_key,
        activity_date,
        cleaned_domain as domain,
        ad_format,
        country_code,
        cleaned_ad_size as ad_size,
        cleaned_device as device,
        ad_selection_gco2e,
        creative_distribution_gco2e,
        media_distribution_gco2e,
        try_cast(parts_gco2e as decimal(18, 10)) as total_gco2e,
        domain_coverage,
        reasons,
        cast(parts_gco2e as decimal(28, 10)) as weight_gco2e,
        if(size(reasons) > 0, as_delivered, null) as as_delivered
    from judged

)

select * from final
