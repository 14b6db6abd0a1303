{# Among the valid records with one key: with a source's own identity the latest wins, without one the first. #}
{% macro winner_order() -%}
    if(record_key like 'id:%', -delivery_id, delivery_id), if(record_key like 'id:%', -record_number, record_number)
{%- endmacro %}

{# Full build: of `valid`, the model's valid records, those with contested keys; `place` 1 has won its key. #}
{% macro contested_records(contested) -%}
    select
        valid.*,
        row_number() over (partition by valid.record_key order by {{ winner_order() }}) as place
    from valid
    left semi join {{ contested }} as contested on xxhash64(valid.record_key) = contested.key_digest
{%- endmacro %}

{# Current records that lost to winners whose delivery went. silver.duplicates knows them while it stands at the same
   place as silver.emissions; else they are judged again from bronze. #}
{% macro former_losers(columns, pending) -%}
    {%- set duplicates = this.incorporate(path={"identifier": "duplicates"}) -%}
    {%- set place = place_of(duplicates) if load_relation(duplicates) is not none else none -%}
    {%- set agrees = place is not none and place.place == place_of(this).place -%}
    select {{ columns }}
    from {{ duplicates if agrees else "(select * from " ~ ref("stg_records") ~ " where size(reasons) = 0)" }}
    where
        record_key in (select record_key from vacated)
        and delivery_id in (select delivery_id from {{ source("bronze", "deliveries") }} where status = 'loaded')
        and not {{ in_list("delivery_id", pending.added) }}
{%- endmacro %}

{# The newest version of silver.emissions that this table has taken in; none where it was rebuilt since, or where files
   of its change data feed may be gone. #}
{% macro winners_seen(place) %}
    {% for least in [1, 1000] %}
        {% set found = namespace(has_freed_files=false) %}
        {% for commit in lake_history("silver.emissions", least) %}
            {% set found.has_freed_files = found.has_freed_files or commit.frees_files %}
            {% if not commit.keeps_rows and commit.note is not none and commit.note.place == place.place %}
                {{ return(commit.version) }}
            {% elif not commit.keeps_rows
                and (found.has_freed_files or commit.note is none or commit.note.dates == "all") %}
                {{ return(none) }}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{# One row for each record that silver.emissions took in or gave up since this table's place, with `is_winner` as of
   now. #}
{% macro winner_moves(emissions, columns) %}
    {%- set seen = winners_seen(place_of(this)) -%}
    {%- if seen < lake_history(emissions, 1)[0].version %}
    select {{ columns }}, is_winner
    from (
        select
            *,
            _change_type in ('insert', 'update_postimage') as is_winner,
            row_number() over (
                partition by delivery_id, record_number
                order by _commit_version desc, if(_change_type in ('insert', 'update_postimage'), 0, 1)
            ) as recency
        from table_changes('{{ emissions }}', {{ seen + 1 }})
    )
    where recency = 1
    {%- else %}
    select {{ columns }}, true as is_winner
    from {{ emissions }}
    where false
    {%- endif %}
{% endmacro %}

{# Where few records came and went: a hint to send these rows to each task, so that the table which they are looked up in is
   read where it lies and not sorted by key. #}
{% macro few(rows, pending) -%}
    {%- if pending.record_count <= 500000 -%} /*+ broadcast({{ rows }}) */ {%- endif -%}
{%- endmacro %}
