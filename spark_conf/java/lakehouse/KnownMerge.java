package lakehouse;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.DeltaMergeIntoMatchedClause;
import org.apache.spark.sql.catalyst.plans.logical.DeltaMergeIntoNotMatchedBySourceClause;
import org.apache.spark.sql.catalyst.plans.logical.DeltaMergeIntoNotMatchedClause;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.FileAction;
import org.apache.spark.sql.delta.commands.MergeIntoCommand;
import org.apache.spark.sql.delta.commands.merge.DeduplicateCDFDeletes;
import org.apache.spark.sql.delta.files.TahoeFileIndex;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Set;

/**
 * A merge, whose first step is to find the files that may have its rows: Delta reads back the state of the log for it in jobs of
 * Spark. Where the files of the table are known (KnownFiles.java) they are found among these. Which rows match, what is
 * written, noted and committed, and how that fails beside another writer, stays Delta's
 * (docs/decisions/0036-known-transactions.md).
 */
public final class KnownMerge extends MergeIntoCommand {

    private static final long serialVersionUID = 1;

    /** Spark makes copies by reflection, with what the class that this extends is made of. */
    public KnownMerge(
            LogicalPlan source, LogicalPlan target, Option<CatalogTable> table, TahoeFileIndex files, Expression condition,
            Seq<DeltaMergeIntoMatchedClause> matched, Seq<DeltaMergeIntoNotMatchedClause> notMatched,
            Seq<DeltaMergeIntoNotMatchedBySourceClause> notMatchedBySource, Option<StructType> migratedSchema,
            Set<String> highWaterMarks, boolean evolvesSchema) {
        super(
                source, target, table, files, condition, matched, notMatched, notMatchedBySource, migratedSchema,
                highWaterMarks, evolvesSchema);
    }

    /** Puts it in the place of Delta's, which one of Delta's rules has just made. */
    static Rule<LogicalPlan> rule() {
        return new Rule<>() {
            @Override
            public LogicalPlan apply(LogicalPlan plan) {
                return plan instanceof MergeIntoCommand merge && merge.getClass() == MergeIntoCommand.class
                        ? new KnownMerge(
                                merge.source(), merge.target(), merge.catalogTable(), merge.targetFileIndex(),
                                merge.condition(), merge.matchedClauses(), merge.notMatchedClauses(),
                                merge.notMatchedBySourceClauses(), merge.migratedSchema(), merge.trackHighWaterMarks(),
                                merge.schemaEvolutionEnabled())
                        : plan;
            }
        };
    }

    @Override
    public Tuple2<Seq<AddFile>, DeduplicateCDFDeletes> findTouchedFiles(SparkSession spark, OptimisticTransaction transaction) {
        return super.findTouchedFiles(spark, finding(transaction));
    }

    @Override
    public Seq<FileAction> writeOnlyInserts(
            SparkSession spark, OptimisticTransaction transaction, boolean leavesOutMatched, String sourceRowsMetric) {
        return super.writeOnlyInserts(spark, finding(transaction), leavesOutMatched, sourceRowsMetric);
    }

    @Override
    public Seq<FileAction> writeFiles(SparkSession spark, OptimisticTransaction transaction, Dataset<Row> rows) {
        return super.writeFiles(spark, transaction instanceof Finding finding ? finding.merging : transaction, rows);
    }

    /** The transaction to find files with: the one at hand where they are not known, or it has another schema. */
    private OptimisticTransaction finding(OptimisticTransaction transaction) {
        boolean isKnown = KnownFiles.filesOf(transaction.snapshot()) != null
                && transaction.metadata().equals(transaction.snapshot().metadata());
        return isKnown ? new Finding(transaction) : transaction;
    }

    /** It finds files for a merge and commits nothing. */
    private static final class Finding extends OptimisticTransaction {

        private final OptimisticTransaction merging;

        Finding(OptimisticTransaction merging) {
            super(
                    merging.deltaLog(), merging.catalogTable(),
                    new KnownSnapshot(merging.snapshot(), KnownFiles.checksumOf(merging.snapshot())));
            this.merging = merging;
            // A commit that another makes meanwhile is then one of what the merge has read, whatever it changed.
            merging.readWholeTable();
        }
    }
}
