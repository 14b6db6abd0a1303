package lakehouse;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.commands.DeleteCommand;
import org.apache.spark.sql.delta.commands.DeleteMetric;
import org.apache.spark.sql.functions;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The deletion within {@code insert ... replace where}, and the statement {@code delete} itself. For both, Delta reads back the
 * state of the log, looks for the rows in jobs of Spark, and marks them in other jobs. Where the table's files are known
 * (KnownFiles.java) and the condition is a column and what it may equal, or that it is not null, their bounds say which files
 * go whole; of the others the rows that stay are written anew where that is little. All else is left to Delta
 * (docs/decisions/0028-replaced-by-bounds.md).
 */
public final class KnownDelete extends DeleteCommand {

    private static final long serialVersionUID = 1;

    /** Files up to so many bytes in all are written anew without their rows that go; larger ones keep them, marked. */
    private static final String MOST_BYTES_ANEW = "spark.lakehouse.rewrittenBytes";

    /** Spark makes copies by reflection, with what the class that this extends is made of. */
    public KnownDelete(DeltaLog log, Option<CatalogTable> table, LogicalPlan target, Option<Expression> condition) {
        super(log, table, target, condition);
    }

    /** Puts it in the place of Delta's, which one of Delta's rules has just made. */
    static Rule<LogicalPlan> rule() {
        return new Rule<>() {
            @Override
            public LogicalPlan apply(LogicalPlan plan) {
                return plan instanceof DeleteCommand delete && delete.getClass() == DeleteCommand.class
                        ? new KnownDelete(delete.deltaLog(), delete.catalogTable(), delete.target(), delete.condition())
                        : plan;
            }
        };
    }

    @Override
    public Tuple2<Seq<Action>, DeleteMetric> performDelete(
            SparkSession spark, DeltaLog log, OptimisticTransaction transaction) {
        Seq<AddFile> all = KnownFiles.filesOf(transaction.snapshot());
        Expression where = condition().getOrElse(() -> null);
        if (all == null || where == null || !Bounds.understands(where) || hasChangeFeed(transaction)) {
            return super.performDelete(spark, log, transaction);
        }
        List<AddFile> touched = CollectionConverters.asJava(Bounds.matching(all, List.of(where)));
        List<AddFile> partly = touched.stream().filter(file -> !Bounds.letsAllThrough(where, file)).toList();
        long most = Long.parseLong(spark.conf().get(MOST_BYTES_ANEW, "0"));
        if (bytesOf(partly) > most || touched.stream().anyMatch(file -> file.numLogicalRecords().isEmpty())) {
            return super.performDelete(spark, log, transaction);
        }
        // A commit that another makes meanwhile is then one of what this has read, whatever it changed.
        transaction.readWholeTable();
        List<AddFile> anew = partly.isEmpty() ? List.of() : withoutRows(where, partly, log, transaction);
        List<Action> actions = new ArrayList<>(anew);
        long now = System.currentTimeMillis();
        touched.forEach(file -> actions.add(file.removeWithTimestamp(now, true)));
        transaction.registerSQLMetrics(spark, metrics());
        return new Tuple2<>(Sequences.of(actions), measured(where, CollectionConverters.asJava(all), touched, anew));
    }

    private static boolean hasChangeFeed(OptimisticTransaction transaction) {
        return "true".equals(CollectionConverters.asJava(transaction.metadata().configuration())
                .get("delta.enableChangeDataFeed"));
    }

    private static List<AddFile> withoutRows(
            Expression where, List<AddFile> files, DeltaLog log, OptimisticTransaction transaction) {
        Dataset<Row> stays = log.createDataFrame(transaction.snapshot(), Sequences.of(files), false, Option.empty())
                .filter(functions.expr("not coalesce(" + textOf(where) + ", false)"));
        return CollectionConverters.asJava(transaction.writeFiles(stays)).stream().map(AddFile.class::cast).toList();
    }

    /** The condition, with the column's name alone: its table's is not known among files. */
    private static String textOf(Expression where) {
        List<Expression> parts = CollectionConverters.asJava(where.children());
        String column = "`" + ((Attribute) parts.get(0)).name().replace("`", "``") + "`";
        if (where instanceof IsNotNull) {
            return column + " is not null";
        }
        return column + " in (" + String.join(", ", parts.stream().skip(1).map(Expression::sql).toList()) + ")";
    }

    /** What the statement `delete` answers, and Delta's own log of its work. */
    private DeleteMetric measured(Expression where, List<AddFile> all, List<AddFile> touched, List<AddFile> anew) {
        long copied = recordsOf(anew);
        long deleted = recordsOf(touched) - copied;
        set("numRemovedFiles", touched.size());
        set("numAddedFiles", anew.size());
        set("numRemovedBytes", bytesOf(touched));
        set("numAddedBytes", bytesOf(anew));
        set("numDeletedRows", deleted);
        set("numCopiedRows", copied);
        return new DeleteMetric(
                where.sql(), all.size(), touched.size(), anew.size(), touched.size(), anew.size(), 0, all.size(),
                bytesOf(all), touched.size(), bytesOf(touched), Option.empty(), Option.empty(), Option.empty(),
                Option.apply((Object) copied), Option.apply((Object) deleted), bytesOf(anew), bytesOf(touched), 0, 0, 0, 0, 0,
                0, Option.empty(), true, Option.apply((Object) copied), Option.apply((Object) recordsOf(touched)));
    }

    private void set(String name, long value) {
        CollectionConverters.asJava(metrics()).get(name).set(value);
    }

    private static long bytesOf(List<AddFile> files) {
        return files.stream().mapToLong(AddFile::size).sum();
    }

    private static long recordsOf(List<AddFile> files) {
        return files.stream().mapToLong(file -> (Long) file.numLogicalRecords().get()).sum();
    }
}
