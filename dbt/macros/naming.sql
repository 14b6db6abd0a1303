{# Schemas are named as configured, without dbt's target prefix: one lake, one name for each table. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | default(target.schema, true) | trim }}
{%- endmacro %}
