-- What the BI endpoint's login may see of the shared metastore: the schema `published`, to read. `lake metastore --reader ROLE`
-- runs it in PostgreSQL, as the login of the pipeline, with the role for :reader. It may be run again.
grant usage on schema public to :reader;
grant select on all tables in schema public to :reader;
alter default privileges in schema public grant select on tables to :reader;

-- The owner of a table is not held by its policies. `default` is empty, but Hive looks for it.
alter table "DBS" enable row level security;
drop policy if exists published_only on "DBS";
create policy published_only on "DBS" for select to :reader using ("NAME" in ('default', 'published'));

-- A query within a policy is held by the policies too, so each of these shows what belongs to what is shown.
alter table "DATABASE_PARAMS" enable row level security;
drop policy if exists published_only on "DATABASE_PARAMS";
create policy published_only on "DATABASE_PARAMS" for select to :reader using ("DB_ID" in (select "DB_ID" from "DBS"));

alter table "TBLS" enable row level security;
drop policy if exists published_only on "TBLS";
create policy published_only on "TBLS" for select to :reader using ("DB_ID" in (select "DB_ID" from "DBS"));

alter table "TABLE_PARAMS" enable row level security;
drop policy if exists published_only on "TABLE_PARAMS";
create policy published_only on "TABLE_PARAMS" for select to :reader using ("TBL_ID" in (select "TBL_ID" from "TBLS"));

alter table "SDS" enable row level security;
drop policy if exists published_only on "SDS";
create policy published_only on "SDS" for select to :reader using ("SD_ID" in (select "SD_ID" from "TBLS"));

alter table "SERDES" enable row level security;
drop policy if exists published_only on "SERDES";
create policy published_only on "SERDES" for select to :reader using ("SERDE_ID" in (select "SERDE_ID" from "SDS"));

alter table "SERDE_PARAMS" enable row level security;
drop policy if exists published_only on "SERDE_PARAMS";
create policy published_only on "SERDE_PARAMS" for select to :reader
    using ("SERDE_ID" in (select "SERDE_ID" from "SERDES"));

alter table "COLUMNS_V2" enable row level security;
drop policy if exists published_only on "COLUMNS_V2";
create policy published_only on "COLUMNS_V2" for select to :reader using ("CD_ID" in (select "CD_ID" from "SDS"));
