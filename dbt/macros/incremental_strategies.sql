{# Two strategies beside dbt-spark's own, for the silver tables.

   merge_changes: the model gives changed rows with a `_change` (replace: update or insert; keep: insert where the key is
   new; delete) and `_previous_date`, the date under which the key stood before. The target is pruned by literal dates.

   replace_deliveries: the model gives all rows of the deliveries that came; those that went or came are replaced. #}

{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {% if raw_strategy not in ["merge_changes", "replace_deliveries"] %}
        {% do exceptions.raise_compiler_error("Unknown incremental strategy: " ~ raw_strategy) %}
    {% endif %}
    {{ return(raw_strategy) }}
{% endmacro %}

{% macro dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) %}
    {% set pending = pending_deliveries() %}
    {% if not pending.added and not pending.removed %}
        {{ return("select 'nothing changed'") }}
    {% elif strategy == "replace_deliveries" %}
        {% do run_query(set_note(target, pending.event, "all")) %}
        {{ return(replace_deliveries_sql(source, target, pending)) }}
    {% endif %}
    {{ return(merge_changes(source, target, unique_key, pending)) }}
{% endmacro %}

{% macro replace_deliveries_sql(source, target, pending) -%}
    insert into {{ target }} by name
    replace where {{ in_list("delivery_id", pending.added + pending.removed) }}
    select * from {{ source }}
{%- endmacro %}

{% macro merge_changes(source, target, unique_key, pending) %}
    {% do run_query("cache table " ~ source) %}
    {% set changes = run_query(
        "select _change, count(*) as row_count, array_join(array_distinct(flatten(collect_set(transform(array_compact("
        ~ "array(activity_date, _previous_date)), day -> cast(day as string))))), ',') as dates from " ~ source
        ~ " group by _change"
    ) %}
    {% set dates = {} %}
    {% for row in changes %}
        {% do dates.update(dict.fromkeys(row["dates"].split(","))) %}
    {% endfor %}
    {% do run_query(set_note(target, pending.event, dates.keys() | sort)) %}
    {% if changes.rows %}
        {% do run_query(merge_changes_sql(
            source, target, unique_key, changes.columns["_change"].values(), dates.keys() | sort,
            changes.columns["row_count"].values() | map("int") | sum
        )) %}
        {{ return("uncache table if exists " ~ source) }}
    {% endif %}
    {# A commit without rows, so that the place moves on and the same deliveries are not judged again. Spark would plan
       the cached changes anew at a commit to what they read. #}
    {% do run_query("uncache table if exists " ~ source) %}
    {{ return("insert into " ~ target ~ " by name select * from " ~ target ~ " where false") }}
{% endmacro %}

{# As many files are written as the source has partitions: few rows go into one. #}
{% macro merge_changes_sql(source, target, unique_key, kinds, dates, row_count) -%}
    merge into {{ target }} as target
    using (select /*+ coalesce({{ 1 + row_count // 500000 }}) */ * from {{ source }}) as source
        on {{ in_dates("target.activity_date", dates) }}
        {%- for column in unique_key %}
        and target.{{ column }} = source.{{ column }}
        {%- endfor %}
    {%- if "delete" in kinds %}
    when matched and source._change = 'delete' then delete
    {%- endif %}
    {%- if "replace" in kinds %}
    when matched and source._change = 'replace' then update set *
    {%- endif %}
    {%- if "replace" in kinds or "keep" in kinds %}
    when not matched and source._change <> 'delete' then insert *
    {%- endif %}
{%- endmacro %}
