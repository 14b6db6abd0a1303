{# The records of the deliveries that this table has not taken in, cleaned and judged: cached, so that the silver models
   of one invocation judge them once. Whatever reads it declares what silver.stg_records reads (`judges_records`). #}
{% macro arrived_records() -%}
    {%- set came = in_list("delivery_id", pending_deliveries().added) -%}
    {%- if came == "false" or model.resource_type == "unit_test" -%}
        (select * from {{ ref("stg_records") }} where {{ came }})
    {%- else -%}
        {%- do run_query(
            "create or replace temporary view arrived_records as select * from ("
            ~ render(graph.nodes["model.lakehouse.stg_records"].raw_code) ~ ") where " ~ came
        ) -%}
        {%- do run_query("cache lazy table arrived_records") -%}
        arrived_records
    {%- endif -%}
{%- endmacro %}

{# Tells dbt, as it reads a model, that stg_records and what that reads come first. #}
{% macro judges_records() -%}
    {%- if not execute -%}
        {%- do [ref("stg_records"), ref("country_names"), source("bronze", "emissions"), source("bronze", "deliveries")] -%}
    {%- endif -%}
{%- endmacro %}
