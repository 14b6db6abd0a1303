{# How far a table has come. Every commit to a table carries, as Delta's userMetadata, the table's place: the last ledger
   event (silver) or the version and commit of its source (gold) that the commit takes in, and the dates that it touches.
   A place is read from the version in force; where it cannot be told (restored, written by hand, built under other
   rules, history gone) the table is rebuilt. #}

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
    {% set rows = run_query("select * from lake_commits('" ~ relation ~ "', " ~ limit ~ ")") %}
    {% set commits = [] %}
    {% for row in rows %}
        {% set note = fromjson(row["user_metadata"] or "{}", {}) %}
        {# A note that speaks of another table was left in the session by a commit to that one; other programs may note
           what they like. #}
        {% set is_own = note is mapping and note.get("table") == relation | string %}
        {% do commits.append({
            "version": row["version"] | int,
            "note": note if is_own else none,
            "keeps_rows": not is_own and keeps_rows(row["operation"], row["operation_parameters"]),
            "frees_files": (row["operation"] or "").startswith("VACUUM"),
        }) %}
    {% endfor %}
    {{ return(commits) }}
{% endmacro %}

{# Whether a commit without a note of ours left the rows, and what later commits may do, as they were. Delta's own
   properties do not (append-only, change feed), but for how long files and log are kept. #}
{% macro keeps_rows(operation, parameters) %}
    {% if operation in ["SET TBLPROPERTIES", "UNSET TBLPROPERTIES"] %}
        {{ return(not modules.re.search("delta\\.(?!\\w+RetentionDuration|enableExpiredLogCleanup)", parameters | string)) }}
    {% endif %}
    {{ return(operation in ["OPTIMIZE", "REORG", "VACUUM START", "VACUUM END", "CLUSTER BY", "UPGRADE PROTOCOL"]) }}
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

{# The newest commit that changed rows, up to a version where one is given; none where the history does not reach it. #}
{% macro rows_commit(commits, version=none) %}
    {% for commit in commits if not commit.keeps_rows and (version is none or commit.version <= version) %}
        {{ return(commit) }}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{# Where a source stands: {source, version, commit}. A table put back from a backup counts its versions on from there,
   so that a number alone does not name its rows; commit is none where the commit is not ours. #}
{% macro standing_of(relation) %}
    {% set commits = lake_history(relation) %}
    {% set note = rows_commit(commits).note %}
    {{ return({
        "source": relation, "version": commits[0].version, "commit": note.commit if note else none
    }) }}
{% endmacro %}

{# The dates that a source has changed since a table took it in, none where it cannot be told or means all. #}
{% macro dates_since(standing) %}
    {% set relation, version = standing.source, standing.version %}
    {% set commits = lake_history(relation) %}
    {% if rows_commit(commits, version) is none %}
        {% set commits = lake_history(relation, 1000) %}
    {% endif %}
    {% set seen = rows_commit(commits, version) %}
    {% set is_seen = seen is not none and seen.note is not none and seen.note.commit == standing.commit %}
    {% set changed = namespace(dates={}, is_known=is_seen and version <= commits[0].version) %}
    {% for commit in commits if commit.version > version and not commit.keeps_rows %}
        {% if commit.note is none or commit.note.dates == "all" %}
            {% set changed.is_known = false %}
        {% else %}
            {% do changed.dates.update(dict.fromkeys(commit.note.dates)) %}
        {% endif %}
    {% endfor %}
    {{ return(changed.dates.keys() | sort if changed.is_known else none) }}
{% endmacro %}

{# Where this invocation has changed a table's rows under known dates, the condition that a column is one of them; else
   `true`. For data tests: `dbt test` by itself looks at everything, as `lake verify` does. #}
{% macro dates_of_this_build(relation, column) -%}
    {%- set is_there = execute and load_relation(relation) is not none -%}
    {%- set newest = rows_commit(lake_history(relation)).note if is_there else none -%}
    {%- set is_known = newest and newest.commit == invocation_id and newest.dates is not string -%}
    {{ in_dates(column, newest.dates) if is_known else "true" }}
{%- endmacro %}

{# The digest of what decides a table's rows: audit's account of bronze follows silver's rules. #}
{% macro rules_of(relation) %}
    {{ return(var("rules")["gold" if (relation | string).startswith("gold.") else "silver"]) }}
{% endmacro %}

{# The statement that lets the next commit of this session carry a note. #}
{% macro set_note(relation, place, dates) -%}
    {%- do refuse_part_of_the_rows() -%}
    {#- A year has 366 dates; a note of thousands would weigh more than the rebuild that "all" costs. -#}
    {%- set is_short = dates is string or dates | length <= 10000 -%}
    set spark.databricks.delta.commitInfo.userMetadata={{ tojson({
        "table": relation | string, "commit": invocation_id, "rules": rules_of(relation), "place": place,
        "dates": dates if is_short else "all"
    }) }}
{%- endmacro %}

{# Options of dbt that leave rows out, on the command line, in the environment or repeated by `dbt retry`. #}
{% macro refuse_part_of_the_rows() %}
    {% for option in ["empty", "sample", "event_time_start", "event_time_end"] if invocation_args_dict.get(option) %}
        {% do exceptions.raise_compiler_error(
            "--" ~ option | replace("_", "-") ~ " would leave rows out of the lake's own tables: omit it"
        ) %}
    {% endfor %}
{% endmacro %}

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
        {%- if this.schema == "silver" -%} {%- do require_seed("country_names") -%} {%- endif -%}
        {%- set event = ledger_event() -%}
        {%- set is_apart = config.get("follows_winners") and place_of("silver.emissions").place != event -%}
        {{ set_note(this, none if is_apart else event, "all") }}
    {%- endif -%}
{%- endmacro %}

{# Records judged by other names than the seed's file has would keep their place when the seed is mended. #}
{% macro require_seed(name) %}
    {% set relation = this.incorporate(path={"identifier": name}) %}
    {% if load_relation(relation) is none or place_of(relation) is none %}
        {% do exceptions.raise_compiler_error(relation ~ " is not what its file says: run scripts/dbt seed first") %}
    {% endif %}
{% endmacro %}

{# Deliveries whose standing changed since the place of this silver table, and how many records they have in all:
   {event, added, removed, record_count}. #}
{% macro pending_deliveries() %}
    {% set pending = {"event": ledger_event(), "added": [], "removed": [], "record_count": 0} %}
    {% if config.get("follows_winners") and place_of("silver.emissions").place != pending.event %}
        {{ return(pending) }}
    {% endif %}
    {% for delivery_id, status, record_count in ledger_after(place_of(this).place) %}
        {% do pending["added" if status == "loaded" else "removed"].append(delivery_id) %}
        {% do pending.update({"record_count": pending.record_count + record_count}) %}
    {% endfor %}
    {{ return(pending) }}
{% endmacro %}

{# Delivery id, status and number of records of what ledger events after the given one concern. #}
{% macro ledger_after(event) %}
    {% set question = "ledger after " ~ event %}
    {% if question not in memo() %}
        {% set rows = run_query(
            "select delivery_id, status, row_count from bronze.deliveries"
            ~ " where status <> 'rejected' and event_number > " ~ event
        ) %}
        {% set found = [] %}
        {% for row in rows %}
            {% do found.append((row["delivery_id"] | int, row["status"], row["row_count"] | int)) %}
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
    {# A place ahead of the ledger is from before bronze was put back. #}
    {% set is_unknown = place is none or place.place > ledger_event() %}
    {{ return(is_unknown or (config.get("follows_winners") and winners_seen(place) is none) or false) }}
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
