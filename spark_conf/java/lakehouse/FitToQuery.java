package lakehouse;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.delta.DeltaLogFileIndex;
import org.apache.spark.sql.delta.files.TahoeLogFileIndex;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.columnar.InMemoryRelation;
import org.apache.spark.sql.execution.columnar.InMemoryTableScanExec;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.internal.SQLConf;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Settings that suit what a query reads: of few rows, generating code and planning anew between stages take far longer than
 * the rows themselves (docs/decisions/0025-settings-by-query.md). It looks when the files of each scan are known, before
 * Spark plans how the query is carried out; a query that reads no files leaves the settings as it finds them.
 */
public final class FitToQuery extends Rule<LogicalPlan> {

    private static final String SMALL_QUERY_BYTES = "spark.lakehouse.smallQueryBytes";

    /** Before the name of a Spark setting: its value for a query that reads more. Its own name has that for the others. */
    private static final String OF_LARGE_QUERIES = "spark.lakehouse.largeQuery.";

    private final SparkSession spark;

    private final Map<String, String> small = new HashMap<>();

    private final Map<String, String> large = new HashMap<>();

    public FitToQuery(SparkSession spark) {
        this.spark = spark;
        SparkConf given = spark.sparkContext().getConf();
        for (Tuple2<String, String> setting : given.getAllWithPrefix(OF_LARGE_QUERIES)) {
            large.put(setting._1(), setting._2());
            small.put(setting._1(), given.get(setting._1()));
        }
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        List<Long> sizes = leavesOf(plan).map(FitToQuery::bytesOf).flatMap(Collection::stream).toList();
        if (!sizes.isEmpty()) {
            SQLConf session = ((org.apache.spark.sql.classic.SparkSession) spark).sessionState().conf();
            long most = Long.parseLong(session.getConfString(SMALL_QUERY_BYTES, "0"));
            boolean isSmall = sizes.stream().mapToLong(Long::longValue).sum() <= most;
            (isSmall ? small : large).forEach((name, value) -> {
                session.setConfString(name, value);
                // Tasks have the settings of the moment in which the query began, before this rule.
                spark.sparkContext().setLocalProperty(name, value);
            });
        }
        return plan;
    }

    /** What a plan reads, in its subqueries too. */
    static Stream<LogicalPlan> leavesOf(LogicalPlan plan) {
        return Stream.concat(Stream.of(plan), CollectionConverters.asJava(plan.subqueriesAll()).stream())
                .flatMap(each -> CollectionConverters.asJava(each.collectLeaves()).stream());
    }

    /** The size of what a leaf reads, of whole files; none where it reads no files, or a table's log. */
    private static List<Long> bytesOf(LogicalPlan leaf) {
        if (leaf instanceof InMemoryRelation cached) {
            return bytesOf(cached);
        }
        return leaf instanceof LogicalRelation relation && relation.relation() instanceof HadoopFsRelation files
                ? bytesOf(files) : List.of();
    }

    /** Before it is filled its own size is a guess, of joins a wild one; what it is made of is known. */
    private static List<Long> bytesOf(InMemoryRelation cached) {
        return cached.cacheBuilder().isCachedColumnBuffersLoaded()
                ? List.of(cached.stats().sizeInBytes().toLong()) : bytesOf(cached.cachedPlan());
    }

    private static List<Long> bytesOf(SparkPlan plan) {
        return CollectionConverters.asJava(plan.collectLeaves()).stream().map(leaf -> {
            if (leaf instanceof AdaptiveSparkPlanExec adaptive) {
                return bytesOf(adaptive.inputPlan());
            }
            if (leaf instanceof InMemoryTableScanExec scan) {
                return bytesOf(scan.relation());
            }
            return leaf instanceof FileSourceScanExec scan ? bytesOf(scan.relation()) : List.<Long>of();
        }).flatMap(Collection::stream).toList();
    }

    /** A log's files are Delta's own to read, and one that Delta has not prepared would be listed for this alone. */
    private static List<Long> bytesOf(HadoopFsRelation files) {
        FileIndex place = files.location();
        return place instanceof DeltaLogFileIndex || place instanceof TahoeLogFileIndex
                ? List.of() : List.of(place.sizeInBytes());
    }
}
