package lakehouse;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionSet;
import org.apache.spark.sql.catalyst.expressions.ExpressionSet$;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.VersionChecksum;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.files.TahoeLogFileIndex;
import org.apache.spark.sql.delta.stats.DataSize;
import org.apache.spark.sql.delta.stats.DeltaDataSkippingType$;
import org.apache.spark.sql.delta.stats.DeltaScan;
import org.apache.spark.sql.delta.stats.DeltaScanGenerator;
import org.apache.spark.sql.delta.stats.PrepareDeltaScan;
import org.apache.spark.sql.delta.stats.PreparedDeltaFileIndex;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Set$;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Delta's rule that finds the files of each scan, without its Spark job where the table is small: the checksum file that
 * Delta writes beside a commit lists all files of a table that has few (docs/decisions/0021-known-files.md). Which snapshot
 * is read, and what a transaction notes of its own reads, stays Delta's.
 */
public final class KnownFiles extends PrepareDeltaScan {

    /** Of the snapshots that Delta keeps; judged once each. */
    private static final Map<Snapshot, Optional<VersionChecksum>> CHECKSUMS =
            Collections.synchronizedMap(new WeakHashMap<>());

    public KnownFiles(SparkSession spark) {
        super(spark);
    }

    @Override
    public DeltaScan filesForScan(
            DeltaScanGenerator generator, Option<Object> limit, Seq<Expression> filters, LogicalRelation relation) {
        Seq<AddFile> known = limit.isEmpty() ? filesOf(generator.snapshotToScan()) : null;
        if (known == null) {
            return super.filesForScan(generator, limit, filters, relation);
        }
        // A transaction that reads its own table notes it: a commit that another makes meanwhile is one of what this has read.
        if (generator instanceof OptimisticTransaction transaction) {
            transaction.readWholeTable();
        }
        return scan(generator.snapshotToScan(), known, filters);
    }

    @Override
    public PreparedDeltaFileIndex getPreparedIndex(DeltaScan scan, TahoeLogFileIndex index) {
        PreparedDeltaFileIndex prepared = super.getPreparedIndex(scan, index);
        Seq<AddFile> known = filesOf(scan.scannedSnapshot());
        return known == null ? prepared : new KnownFileIndex(prepared, known);
    }

    /** All files of a snapshot, or null where its checksum file lists none or their statistics have other names. */
    static Seq<AddFile> filesOf(Snapshot snapshot) {
        boolean isPlain = CollectionConverters.asJava(snapshot.metadata().partitionColumns()).isEmpty()
                && !CollectionConverters.asJava(snapshot.metadata().configuration()).containsKey("delta.columnMapping.mode");
        VersionChecksum checksum = isPlain ? checksumOf(snapshot) : null;
        return checksum == null ? null : checksum.allFiles().getOrElse(() -> null);
    }

    /** What the checksum file of a snapshot's own commit says, or null where there is none that is believed. */
    static VersionChecksum checksumOf(Snapshot snapshot) {
        return CHECKSUMS.computeIfAbsent(snapshot, KnownFiles::believed).orElse(null);
    }

    private static Optional<VersionChecksum> believed(Snapshot snapshot) {
        VersionChecksum checksum = snapshot.checksumOpt().getOrElse(() -> null);
        return Optional.ofNullable(checksum).filter(found -> isOfItsCommit(found, snapshot));
    }

    /** Whether both were written by one transaction: a commit that somebody took back may have left its checksum file. */
    private static boolean isOfItsCommit(VersionChecksum checksum, Snapshot snapshot) {
        DeltaLog log = snapshot.deltaLog();
        Path commit = new Path(log.logPath(), String.format("%020d.json", snapshot.version()));
        String transaction = "\"txnId\":\"" + checksum.txnId().getOrElse(() -> "none") + "\"";
        try {
            return CollectionConverters.asJava(log.store().read(commit, log.newDeltaHadoopConf())).stream()
                    .anyMatch(line -> line.startsWith("{\"commitInfo\":") && line.contains(transaction));
        } catch (Exception unreadable) { // of whatever kind: Scala declares none
            return false;
        }
    }

    /** Of these files of a snapshot, the ones that may have rows which pass the filters. */
    static DeltaScan scan(Snapshot snapshot, Seq<AddFile> known, Seq<Expression> filters) {
        List<Expression> judged = new ArrayList<>();
        List<Expression> unused = new ArrayList<>();
        for (Expression filter : CollectionConverters.asJava(filters)) {
            (Bounds.judges(filter) ? judged : unused).add(filter);
        }
        Seq<AddFile> files = Bounds.matching(known, judged);
        DataSize all = sizeOf(known);
        DeltaDataSkippingType$ types = DeltaDataSkippingType$.MODULE$;
        return new DeltaScan(
                snapshot.version(), files, all, all, sizeOf(files), snapshot,
                setOf(List.of()), setOf(judged), setOf(List.of()), Set$.MODULE$.empty(), setOf(unused), 0,
                judged.isEmpty() ? types.noSkippingV1() : types.dataSkippingOnlyV1());
    }

    private static DataSize sizeOf(Seq<AddFile> files) {
        List<AddFile> each = CollectionConverters.asJava(files);
        long bytes = each.stream().mapToLong(AddFile::size).sum();
        return new DataSize(some(bytes), Option.empty(), some(each.size()), Option.empty());
    }

    private static Option<Object> some(long count) {
        return Option.apply((Object) count);
    }

    private static ExpressionSet setOf(List<Expression> expressions) {
        return ExpressionSet$.MODULE$.apply(CollectionConverters.asScala(expressions));
    }
}
