-- What the BI endpoint's login may see of the shared metastore: the schema `published`, to read. `lake metastore --reader ROLE`
-- runs it in PostgreSQL, as the login of the pipeline, with the role for :role. It may be run again.
grant usage on schema public to ":role";
grant select on all tables in schema public to ":role";
alter default privileges in schema public grant select on tables to ":role";

-- The owner of a table is not held by its policies. A query within a policy is held by the policies too, so each table shows
-- what belongs to what is shown of the ones before it. `default` is empty, but Hive looks for it.
do $policies$
declare
    policy record;
begin
    for policy in
        select * from (
            values
            ('DBS', '"NAME" in (''default'', ''published'')'),
            ('DATABASE_PARAMS', '"DB_ID" in (select "DB_ID" from "DBS")'),
            ('TBLS', '"DB_ID" in (select "DB_ID" from "DBS")'),
            ('TABLE_PARAMS', '"TBL_ID" in (select "TBL_ID" from "TBLS")'),
            ('SDS', '"SD_ID" in (select "SD_ID" from "TBLS")'),
            ('SERDES', '"SERDE_ID" in (select "SERDE_ID" from "SDS")'),
            ('SERDE_PARAMS', '"SERDE_ID" in (select "SERDE_ID" from "SERDES")'),
            ('COLUMNS_V2', '"CD_ID" in (select "CD_ID" from "SDS")')
        ) as policies (hive_table, is_shown)
    loop
        execute format('alter table %I enable row level security', policy.hive_table);
        execute format('drop policy if exists "published to :role" on %I', policy.hive_table);
        execute format(
            'create policy "published to :role" on %I for select to ":role" using (%s)', policy.hive_table, policy.is_shown
        );
    end loop;
end
$policies$;
