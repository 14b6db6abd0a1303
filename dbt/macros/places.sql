{# How far a table has come. Every commit to a table carries, as Delta's userMetadata, the table's place: the last ledger
   event (silver) or the version of its source (gold) that the commit takes in, and the dates that it touches. A place
   is read from the version in force; where it cannot be told (restored, written by hand, built under other rules,
   history gone) the table is rebuilt. #}

{# What this dbt invocation has read of places, so that nothing is asked twice: the lake's lock keeps others from writing,
   and a model forgets its own table when it has written it. #}
{% macro memo() %}
    {{ return(graph.setdefault("lake_memo", {})) }}
{% endmacro %}

{% macro forget(relation) %}
    {% do memo().pop(relation | string, none) %}
{% endmacro %}

{# The newest commits of a table, at least `least` of them where there are so many. #}
{% macro lake_history(relation, least=1) %}
    {% set known = memo().get(relation | string) %}
    {% if known is none or (known | length < least and known[-1].version > 0) %}
        {% set known = read_history(relation, [least, 50] | max) %}
        {% do memo().update({relation | string: known}) %}
    {% endif %}
    {{ return(known) }}
{% endmacro %}

{% macro read_history(relation, limit) %}
    {% set rows = run_query("describe history " ~ relation ~ " limit " ~ limit) %}
    {% set commits = [] %}
    {% for row in rows %}
        {% set note = fromjson(row["userMetadata"] or "{}", {}) %}
        {# A note that speaks of another table was left in the session by a commit to that one. #}
        {% set is_own = note.get("table") == relation | string %}
        {% do commits.append({
            "version": row["version"] | int,
            "note": note if is_own else none,
            "keeps_rows": not is_own and row["operation"] in [
                "OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES",
                "ADD CONSTRAINT", "DROP CONSTRAINT", "CHANGE COLUMN", "SET NOT NULL", "UPGRADE PROTOCOL",
                "CLUSTER BY", "REORG"
            ],
        }) %}
    {% endfor %}
    {{ return(commits) }}
{% endmacro %}

{# The note of the newest commit that changed rows, none where a stranger's commit stands on top. #}
{% macro place_of(relation) %}
    {% for commit in lake_history(relation) %}
        {% if not commit.keeps_rows %}
            {% set is_current = commit.note is not none and commit.note.rules == rules_of(relation)
                and commit.note.place is not none %}
            {{ return(commit.note if is_current else none) }}
        {% endif %}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{# What a source has changed since a version: {version, dates}, dates none where it cannot be told or means all. #}
{% macro changes_since(relation, version) %}
    {% set commits = lake_history(relation) %}
    {% if commits[-1].version > version + 1 %}
        {% set commits = lake_history(relation, 1000) %}
    {% endif %}
    {% set changed = namespace(dates={}, is_known=commits[-1].version <= version + 1) %}
    {% for commit in commits if commit.version > version and not commit.keeps_rows %}
        {% if commit.note is none or commit.note.dates == "all" %}
            {% set changed.is_known = false %}
        {% else %}
            {% do changed.dates.update(dict.fromkeys(commit.note.dates)) %}
        {% endif %}
    {% endfor %}
    {{ return({
        "version": commits[0].version,
        "dates": changed.dates.keys() | sort if changed.is_known and version <= commits[0].version else none,
    }) }}
{% endmacro %}

{# The digest of what decides a table's rows: audit's account of bronze follows silver's rules. #}
{% macro rules_of(relation) %}
    {{ return(var("rules")["gold" if (relation | string).startswith("gold.") else "silver"]) }}
{% endmacro %}

{# The statement that lets the next commit of this session carry a note. #}
{% macro set_note(relation, place, dates) -%}
    set spark.databricks.delta.commitInfo.userMetadata={{ tojson({
        "table": relation | string, "rules": rules_of(relation), "place": place, "dates": dates
    }) }}
{%- endmacro %}

{% macro ledger_event() %}
    {% set known = memo().get("ledger_event") %}
    {% if known is none %}
        {% set known = run_query("select coalesce(max(event_number), 0) from bronze.deliveries").rows[0][0] | int %}
        {% do memo().update({"ledger_event": known}) %}
    {% endif %}
    {{ return(known) }}
{% endmacro %}

{# Before a silver table is rebuilt: its commit will take in every ledger event. A table that follows the winners knows
   its place only if they stand there too. #}
{% macro announce_rebuild() -%}
    {%- if execute -%}
        {%- set event = ledger_event() -%}
        {%- set is_apart = config.get("follows_winners") and place_of("silver.emissions").place != event -%}
        {{ set_note(this, none if is_apart else event, "all") }}
    {%- endif -%}
{%- endmacro %}

{# Deliveries whose standing changed since the place of this silver table: {event, added, removed}. #}
{% macro pending_deliveries() %}
    {% set pending = {"event": ledger_event(), "added": [], "removed": []} %}
    {% if config.get("follows_winners") and place_of("silver.emissions").place != pending.event %}
        {{ return(pending) }}
    {% endif %}
    {% for delivery_id, status in ledger_after(place_of(this).place) %}
        {% do pending["added" if status == "loaded" else "removed"].append(delivery_id) %}
    {% endfor %}
    {{ return(pending) }}
{% endmacro %}

{# Delivery id and status of what ledger events after the given one concern. #}
{% macro ledger_after(event) %}
    {% set question = "ledger after " ~ event %}
    {% if question not in memo() %}
        {% set rows = run_query(
            "select delivery_id, status from bronze.deliveries where status <> 'rejected' and event_number > " ~ event
        ) %}
        {% set found = [] %}
        {% for row in rows %}
            {% do found.append((row["delivery_id"] | int, row["status"])) %}
        {% endfor %}
        {% do memo().update({question: found}) %}
    {% endif %}
    {{ return(memo()[question]) }}
{% endmacro %}

{# dbt asks this before every incremental model; a table without a known place counts as absent. #}
{% macro should_full_refresh() %}
    {% set asked = config.get("full_refresh") %}
    {% set asked = flags.FULL_REFRESH if asked is none else asked %}
    {% if asked or not execute %}
        {{ return(asked or false) }}
    {% endif %}
    {% set place = place_of(this) %}
    {{ return(place is none or (config.get("follows_winners") and winners_seen(place) is none) or false) }}
{% endmacro %}

{# `column in (1, 2)`; false for none. #}
{% macro in_list(column, ids) -%}
    {%- if ids -%} {{ column }} in ({{ ids | join(", ") }}) {%- else -%} false {%- endif -%}
{%- endmacro %}

{# `column in (date'...', ...)`; beyond 400 dates the range that holds them, false for none. #}
{% macro in_dates(column, dates) -%}
    {%- if not dates -%} false
    {%- elif dates | length > 400 -%} {{ column }} between date'{{ dates | min }}' and date'{{ dates | max }}'
    {%- else -%} {{ column }} in (date'{{ dates | join("', date'") }}')
    {%- endif -%}
{%- endmacro %}
