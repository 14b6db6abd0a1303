{# A Spark metric view of a model that is written in YAML. `create or replace` refuses to replace one, so it is made
   anew; lake/metrics.py says the same statements to processes without dbt. #}
{% materialization metric_view, adapter='spark' %}
    {% set relation = this.incorporate(type='view') %}
    {{ run_hooks(pre_hooks) }}
    {% call statement('drop') %} drop view if exists {{ relation }} {% endcall %}
    {% call statement('main') %}
        create view {{ relation }} (
            {% for column in model.columns.values() -%}
                {{ column.name }} comment '{{ escaped(column.description) }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
        comment '{{ escaped(model.description) }}'
        with metrics language yaml as $$
{{ sql | trim }}
$$
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# A text within a SQL string literal. #}
{% macro escaped(text) -%}
    {{ (text | trim).replace('\\', '\\\\').replace("'", "\\'") }}
{%- endmacro %}
