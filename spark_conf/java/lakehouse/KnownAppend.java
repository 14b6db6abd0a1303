package lakehouse;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.AppendData;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.classic.Dataset$;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOptions;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.VersionChecksum;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.delta.catalog.DeltaTableV2;
import org.apache.spark.sql.delta.commands.WriteIntoDelta;
import org.apache.spark.sql.execution.datasources.LogicalRelation$;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * An append that bears a version of its writer ({@code txnAppId}, {@code txnVersion}), which Delta refuses where that version has
 * been committed. To see it, Delta reads back the state of the whole log in jobs of Spark; its checksum file says it, too
 * (docs/decisions/0036-known-transactions.md). What is written, noted and committed, and how that fails beside another writer,
 * stays Delta's.
 */
public final class KnownAppend extends WriteIntoDelta {

    private static final long serialVersionUID = 1;

    /** Spark makes copies by reflection, with what the class that this extends is made of. */
    public KnownAppend(
            DeltaLog log, SaveMode mode, DeltaOptions options, Seq<String> partitionColumns, Map<String, String> configuration,
            Dataset<Row> data, Option<CatalogTable> table, Option<StructType> schema, boolean isReplaceWhereOnDataColumns) {
        super(log, mode, options, partitionColumns, configuration, data, table, schema, isReplaceWhereOnDataColumns);
    }

    /** Puts it in the place of an append to a table of Delta's that bears a version. */
    static Rule<LogicalPlan> rule(org.apache.spark.sql.SparkSession spark) {
        SparkSession session = (SparkSession) spark;
        return new Rule<>() {
            @Override
            public LogicalPlan apply(LogicalPlan plan) {
                return plan instanceof AppendData append && append.resolved()
                        && append.table() instanceof DataSourceV2Relation relation
                        && relation.table() instanceof DeltaTableV2 table ? known(append, table) : plan;
            }

            private LogicalPlan known(AppendData append, DeltaTableV2 table) {
                DeltaOptions options = new DeltaOptions(append.writeOptions(), session.sessionState().conf());
                if (options.txnAppId().isEmpty() || options.txnVersion().isEmpty()) {
                    return append;
                }
                return new KnownAppend(
                        table.deltaLog(), SaveMode.Append, options, Sequences.of(List.of()),
                        table.deltaLog().unsafeVolatileSnapshot().metadata().configuration(),
                        Dataset$.MODULE$.ofRows(session, append.query()), table.catalogTable(), Option.empty(), false);
            }
        };
    }

    @Override
    public Seq<Row> run(org.apache.spark.sql.SparkSession spark) {
        Seq<Row> done = super.run(spark);
        SparkSession session = (SparkSession) spark;
        // What is kept of the table is read anew, as after every append.
        session.sharedState().cacheManager().recacheByPlan(session, LogicalRelation$.MODULE$.apply(
                deltaLog().createRelation(Sequences.of(List.of()), Option.empty(), catalogTableOpt(), false), false));
        return done;
    }

    @Override
    public boolean hasBeenExecuted(
            OptimisticTransaction transaction, org.apache.spark.sql.SparkSession spark, Option<DeltaOptions> options) {
        VersionChecksum checksum = KnownFiles.checksumOf(transaction.snapshot());
        if (checksum == null || checksum.setTransactions().isEmpty()) {
            return super.hasBeenExecuted(transaction, spark, options);
        }
        String writer = options.get().txnAppId().get();
        long version = (Long) options.get().txnVersion().get();
        // Another append of this writer that is committed meanwhile makes this one fail.
        transaction.readTxn().addOne(writer);
        return CollectionConverters.asJava(checksum.setTransactions().get()).stream()
                .anyMatch((SetTransaction noted) -> noted.appId().equals(writer) && noted.version() >= version);
    }
}
