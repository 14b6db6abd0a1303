{# A seed in one commit, and none where its file has not changed since. #}
{% materialization seed, adapter='spark' %}
    {% set rows = load_agate_table() %}
    {# dbt shows this table to its own log. #}
    {% do store_result("agate_table", response="OK", agate_table=rows) %}
    {% set existing = load_relation(this) %}
    {% set place = place_of(this) if existing is not none and not flags.FULL_REFRESH else none %}
    {% set checksum = model.checksum.checksum if model.checksum is mapping else model.checksum | string %}
    {% if place is not none and place.place == checksum %}
        {% call statement('main') %} select 'nothing changed' {% endcall %}
    {% else %}
        {% do run_query(set_note(this, checksum, "all")) %}
        {% call statement('main') %}
            create or replace table {{ this }} using delta as
            select * from values
            {% for row in rows.rows %}
            ({% for value in row.values() %}'{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}'{{ ", " if not loop.last }}{% endfor %}){{ "," if not loop.last }}
            {% endfor %}
            as seed ({{ rows.column_names | join(", ") }})
        {% endcall %}
        {% do forget(this) %}
    {% endif %}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}
