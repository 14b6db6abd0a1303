{# The rows of a dbt unit test as one inline table. dbt's own macros of these names select each row for itself and unite
   them; Spark then plans the model once for each row, which doubles the time of the tests. #}

{% macro get_fixture_sql(rows, column_name_to_data_types) %}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(this) -%}
        {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- endfor -%}
    {%- if not types -%}
        {% do exceptions.raise_compiler_error(
            "A unit test takes the types of its rows from " ~ this ~ ", which does not exist: run scripts/lake run once"
        ) %}
    {%- endif -%}
    {{ rows_as_sql(rows, types) }}
{% endmacro %}

{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) -%}
    {%- set types = {} -%}
    {%- for name in (rows[0].keys() if rows else column_name_to_data_types) -%}
        {%- do types.update({name | lower: column_name_to_data_types[name | lower]}) -%}
    {%- endfor -%}
    {{ rows_as_sql(rows, types) }}
{%- endmacro %}

{# Columns that a row does not name are NULL in it. #}
{% macro rows_as_sql(rows, types) -%}
    select * from values
    {%- for row in rows or [{}] %}
        {%- set values = format_row(row, types) %}
        (
        {%- for name, type in types.items() -%}
            {{ values.get(name, "cast(null as " ~ type ~ ")") }}{{ ", " if not loop.last }}
        {%- endfor -%}
        ){{ "," if not loop.last }}
    {%- endfor %}
    as given (`{{ types.keys() | join("`, `") }}`)
    {%- if not rows %} where false {%- endif %}
{%- endmacro %}
