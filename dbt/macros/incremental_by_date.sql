{# The materialization of gold: a table follows one source (config `follows`). Where the source tells which dates it
   touched, just those are replaced (config `window_days` more of them after each, for windows that look back); where
   it cannot, the table is built anew; where the table has no dates (config `by_date: false`, and the `key` of its rows) all
   its rows are replaced; where the source has not changed nothing is done. #}
{% materialization incremental_by_date, adapter='spark', supported_languages=['sql'] %}
    {% set source_relation = config.require("follows") %}
    {% set existing = load_relation(this) %}
    {% set place = place_of(this) if existing is not none and not flags.FULL_REFRESH else none %}
    {% set is_placed = place is not none and place.place.source == source_relation %}
    {% set changed_dates = dates_since(place.place) if is_placed else none %}
    {% set standing = standing_of(source_relation) %}

    {{ run_hooks(pre_hooks) }}
    {% if changed_dates is not none and not changed_dates %}
        {% call statement('main') %} select 'nothing changed' {% endcall %}
    {% elif changed_dates is none %}
        {% do run_query(set_note(this, standing, "all")) %}
        {% set rows = in_order_of_dates(sql) if config.get("by_date", true) else sql %}
        {% call statement('main') %} {{ create_table_as(False, this, rows) }} {% endcall %}
    {% elif not config.get("by_date", true) %}
        {# Of one form under one set of rules, so that the table stays and its rows alone are new. All of them have a key;
           to overwrite them Delta would read its log back. #}
        {% do run_query(set_note(this, standing, "all")) %}
        {% call statement('main') %}
            insert into {{ this }} by name
            replace where {{ config.require("key") }} is not null
            {{ sql }}
        {% endcall %}
    {% else %}
        {% set dates = days_around(changed_dates, 0, config.get("window_days", 0)) %}
        {% do run_query(set_note(this, standing, dates)) %}
        {% call statement('main') %}
            insert into {{ this }} by name
            replace where {{ in_dates("activity_date", dates) }}
            {{ with_touched_dates(sql, dates) }}
        {% endcall %}
    {% endif %}
    {% do forget(this) %}
    {% do persist_docs(this, model) %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}

{# The rows laid out by date, so that who asks for some days reads the files, and of these the pages, that have them. #}
{% macro in_order_of_dates(sql) %}
    select /*+ repartition_by_range(activity_date) */ * from (
        {{ sql }}
    )
    sort by activity_date
{% endmacro %}

{# Marks a filter that holds for every date in a full build and is narrowed to the touched dates (and as many days
   before each as a window looks back) in an increment. #}
{% macro touched(column, days_before=0) -%}
    true /* touched {{ column }} {{ days_before }} */
{%- endmacro %}

{% macro with_touched_dates(sql, dates) %}
    {% set narrowed = namespace(sql=sql) %}
    {% for mark, column, days_before in modules.re.findall("(true /\\* touched (\\S+) (\\d+) \\*/)", sql) %}
        {% set predicate = in_dates(column, days_around(dates, days_before | int, 0)) %}
        {% set narrowed.sql = narrowed.sql.replace(mark, predicate) %}
    {% endfor %}
    {{ return(narrowed.sql) }}
{% endmacro %}

{# Every date (ISO text) from `before` days before to `after` days after the given ones, within years 1 to 9999. #}
{% macro days_around(dates, before, after) %}
    {% set one_day = modules.datetime.timedelta(days=1) %}
    {% set days = {} %}
    {% for text in dates %}
        {% set day = modules.datetime.date.fromisoformat(text) %}
        {% for offset in range(-before, after + 1) %}
            {% if 1 <= day.toordinal() + offset <= 3652059 %}
                {% do days.update({(day + one_day * offset).isoformat(): none}) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(days.keys() | sort) }}
{% endmacro %}
