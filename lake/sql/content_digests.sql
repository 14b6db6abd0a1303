-- The digest of each part of the view row_digests (part, row_digest, total_gco2e); lake/digests.py says why so.
with buckets as (

    select
        part,
        left(row_digest, 3) as bucket,
        count(*) as row_count,
        sum(total_gco2e) as total_gco2e,
        sha2(array_join(array_sort(collect_list(row_digest)), ''), 256) as bucket_digest
    from row_digests
    group by part, left(row_digest, 3)

)

select
    part,
    sum(row_count) as row_count,
    cast(sum(total_gco2e) as decimal(28, 10)) as total_gco2e,
    sha2(array_join(array_sort(collect_list(concat(bucket, bucket_digest))), ''), 256) as digest
from buckets
group by part
