{# The records that this table has to take in, cleaned and judged: of the deliveries that came, in a full build of all
   that are current. Cached, so that the silver models of one invocation judge them once. Whatever reads it declares what
   silver.stg_records reads (`judges_records`). #}
{% macro judged_records() -%}
    {%- set came = in_list("delivery_id", pending_deliveries().added) if is_incremental() else
        "delivery_id in (select delivery_id from " ~ source("bronze", "deliveries") ~ " where status = 'loaded')" -%}
    {%- if came == "false" or not keeps_views() -%}
        (select * from {{ ref("stg_records") }} where {{ came }})
    {%- else -%}
        {%- set records = render(graph.nodes["model.lakehouse.stg_records"].raw_code) -%}
        {{ cached("judged_records", "select * from (" ~ records ~ ") where " ~ came) }}
    {%- endif -%}
{%- endmacro %}

{# Full build: digests of the keys that two valid judged records or more have (xxhash64: a stranger that shares a digest
   is only ranked for nothing). Most keys stand alone, and need neither to be moved nor sorted to find a winner. Found at
   once, for Spark moves no record where it knows that they are few. #}
{% macro contested_keys(judged) -%}
    {%- set keys -%}
        select xxhash64(record_key) as key_digest
        from {{ judged }}
        where size(reasons) = 0
        group by 1
        having count(*) > 1
    {%- endset -%}
    {{ cached("contested_keys", keys, at_once=true) if keeps_views() else "(" ~ keys ~ ")" }}
{%- endmacro %}

{# Whether what is asked for builds models; to show their SQL (`dbt compile`) or to try them on given rows makes no view. #}
{% macro keeps_views() %}
    {{ return(execute and flags.WHICH in ["build", "retry", "run"] and model.resource_type != "unit_test") }}
{% endmacro %}

{# A view of what a query gives, kept from the first read until the invocation ends; on disk, for a large lake's records
   would leave no memory to work in. The view is this thread's own, by the digest of its query, so that the next model of
   the thread that asks the same need not have it read anew; what is kept serves all threads. Spark knows CTEs by their
   numbers in a statement, and would not know the view again in one that has its own: it gets none. #}
{% macro cached(name, query, at_once=false) -%}
    {%- set view = name ~ "_" ~ local_md5(query) -%}
    {%- if not run_query("show views like '" ~ view ~ "'").rows -%}
        {%- do run_query("set spark.sql.legacy.inlineCTEInCommands=true") -%}
        {%- do run_query("create or replace temporary view " ~ view ~ " as " ~ query) -%}
        {%- do run_query("reset spark.sql.legacy.inlineCTEInCommands") -%}
        {%- do run_query("cache " ~ ("" if at_once else "lazy ") ~ "table " ~ view ~ " options ('storageLevel' 'DISK_ONLY')") -%}
    {%- endif -%}
    {{ view }}
{%- endmacro %}

{# Drops what was kept: a server outlives an invocation (lake/dbt_cli.py). #}
{% macro clear_kept() %}
    {% do run_query("clear cache") %}
{% endmacro %}

{# Tells dbt, as it reads a model, that stg_records and what that reads come first. #}
{% macro judges_records() -%}
    {%- if not execute -%}
        {%- do [ref("stg_records"), ref("country_names"), source("bronze", "emissions"), source("bronze", "deliveries")] -%}
    {%- endif -%}
{%- endmacro %}
