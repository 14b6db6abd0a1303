-- The table says what the manifests say. Needs the view stated_restatements.
insert into audit.restatements by name
replace where release_name is not null -- noqa: PRS
select * from stated_restatements
