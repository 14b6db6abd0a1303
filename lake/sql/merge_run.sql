merge into audit.runs as kept
using this_run as now
    on kept.run_id = now.run_id
when matched then update set *
when not matched then insert *
