-- Needs the views accounts (conservation_by_delivery.sql) and unbalanced_accounts (unbalanced.sql). Keeps one row a run, whatever is tried again.
merge into audit.conservation as kept
using (

    with summed as (

        select
            :run_id as run_id,
            coalesce(sum(delivered_rows), 0) as delivered_rows,
            coalesce(sum(delivered_gco2e), 0) as delivered_gco2e,
            coalesce(sum(silver_rows), 0) as silver_rows,
            coalesce(sum(silver_gco2e), 0) as silver_gco2e,
            coalesce(sum(quarantined_rows), 0) as quarantined_rows,
            coalesce(sum(quarantined_gco2e), 0) as quarantined_gco2e,
            coalesce(sum(duplicate_rows), 0) as duplicate_rows,
            coalesce(sum(duplicate_gco2e), 0) as duplicate_gco2e,
            coalesce(sum(superseded_rows), 0) as superseded_rows,
            coalesce(sum(superseded_gco2e), 0) as superseded_gco2e,
            coalesce(sum(unweighable_rows), 0) as unweighable_rows
        from accounts

    )

    select
        *,
        delivered_rows = silver_rows + quarantined_rows + duplicate_rows + superseded_rows
        and delivered_gco2e = silver_gco2e + quarantined_gco2e + duplicate_gco2e + superseded_gco2e
        -- one delivery's loss must not hide behind another's gain
        and not exists(select * from unbalanced_accounts) as balanced
    from summed

) as now
    on kept.run_id = now.run_id
when matched then update set *
when not matched then insert *
