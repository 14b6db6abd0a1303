{# What must hold for every row of a table (config `checks`: name to condition) becomes a Delta CHECK constraint: Delta
   refuses a commit with a row for which the condition is false or NULL, whoever writes it. So values are tested as they
   are written, at no query of its own, and never again. #}
{% macro spark__tblproperties_clause() -%}
    {%- set properties = dict(config.get("tblproperties", {})) -%}
    {%- for name, condition in config.get("checks", {}).items() -%}
        {%- do properties.update({"delta.constraints." ~ name: condition}) -%}
    {%- endfor -%}
    {%- if properties %}
    tblproperties (
        {%- for property, value in properties.items() %}
        '{{ property }}' = '{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'{{ "," if not loop.last }}
        {%- endfor %}
    )
    {%- endif -%}
{%- endmacro %}
