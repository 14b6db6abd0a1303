{#- Spark's metric views are written in YAML; dbt/macros/metric_view.sql makes one of this. -#}
{{ config(materialized='metric_view') }}
version: "0.1"
source: {{ ref('daily_emissions') }}

dimensions:
  - name: activity_date
    expr: activity_date
  - name: activity_month
    expr: cast(trunc(activity_date, 'month') as date)
  - name: domain
    expr: domain
  - name: country_code
    expr: country_code
  - name: ad_format
    expr: ad_format
  - name: device
    expr: device
  - name: domain_coverage
    expr: domain_coverage

measures:
  - name: record_count
    expr: sum(record_count)
  - name: total_gco2e
    expr: {{ total('total_gco2e') }}
  - name: total_kgco2e
    expr: {{ total('total_gco2e') }} * 0.001BD
  - name: ad_selection_gco2e
    expr: {{ total('ad_selection_gco2e') }}
  - name: creative_distribution_gco2e
    expr: {{ total('creative_distribution_gco2e') }}
  - name: media_distribution_gco2e
    expr: {{ total('media_distribution_gco2e') }}
  - name: avg_gco2e
    expr: {{ average('sum(total_gco2e)', 'sum(record_count)') }}
  - name: ad_selection_share
    expr: {{ share('sum(ad_selection_gco2e)', 'sum(total_gco2e)') }}
  - name: creative_distribution_share
    expr: {{ share('sum(creative_distribution_gco2e)', 'sum(total_gco2e)') }}
  - name: media_distribution_share
    expr: {{ share('sum(media_distribution_gco2e)', 'sum(total_gco2e)') }}
  - name: measured_gco2e
    expr: {{ total("if(domain_coverage = 'measured', total_gco2e, 0)") }}
  - name: modeled_gco2e
    expr: {{ total("if(domain_coverage = 'modeled', total_gco2e, 0)") }}
  - name: measured_record_share
    expr: {{ share("sum(if(domain_coverage = 'measured', record_count, 0))", 'sum(record_count)') }}
  - name: measured_emission_share
    expr: {{ share("sum(if(domain_coverage = 'measured', total_gco2e, 0))", 'sum(total_gco2e)') }}
  - name: domain_count
    expr: count(distinct domain)
  - name: active_days
    expr: count(distinct activity_date)
  - name: avg_daily_gco2e
    expr: {{ average('sum(total_gco2e)', 'count(distinct activity_date)') }}
