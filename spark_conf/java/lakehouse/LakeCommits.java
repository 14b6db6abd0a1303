package lakehouse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.types.DataTypeUtils;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.storage.ClosableIterator;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.Option;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * The table function {@code lake_commits('schema.table', at_most)}: the newest commits of a Delta table, newest first, with
 * version, operation, operation_parameters (JSON) and user_metadata. It says what {@code describe history} says of them,
 * without its Spark job: every run asks some forty times how far a table has come (dbt/macros/places.sql).
 */
final class LakeCommits extends AbstractFunction1<Seq<Expression>, LogicalPlan> {

    private static final String NAME = "lake_commits";
    private static final StructType COLUMNS = StructType.fromDDL(
            "version bigint not null, operation string, operation_parameters string, user_metadata string");
    private static final ObjectMapper JSON = new ObjectMapper();

    static Tuple3<FunctionIdentifier, ExpressionInfo, Function1<Seq<Expression>, LogicalPlan>> described() {
        return new Tuple3<>(
                new FunctionIdentifier(NAME), new ExpressionInfo(LakeCommits.class.getName(), NAME), new LakeCommits());
    }

    @Override
    @SuppressWarnings("unchecked")
    public LogicalPlan apply(Seq<Expression> arguments) {
        List<Expression> given = CollectionConverters.asJava(arguments);
        if (given.size() != 2 || !given.stream().allMatch(Expression::foldable)) {
            throw new IllegalArgumentException(NAME + " takes the name of a table and a number of commits");
        }
        String[] name = String.valueOf(given.get(0).eval(null)).split("\\.");
        if (name.length != 2) {
            throw new IllegalArgumentException(NAME + " takes a table as schema.table");
        }
        int atMost = Integer.parseInt(String.valueOf(given.get(1).eval(null)));
        TableIdentifier table = new TableIdentifier(name[1], Option.apply(name[0]));
        DeltaLog log = DeltaLog.forTable(SparkSession.active(), table);
        return LocalRelation.fromExternalRows(
                (Seq<Attribute>) (Seq<?>) DataTypeUtils.toAttributes(COLUMNS),
                Sequences.of(newest(log, atMost)));
    }

    /** Where the log has been cleared before so many, those that are left. */
    private static List<Row> newest(DeltaLog log, int atMost) {
        Configuration conf = log.newDeltaHadoopConf();
        long newest = log.update(false, Option.empty(), Option.empty()).version();
        List<Row> commits = new ArrayList<>();
        for (long version = newest; version >= 0 && commits.size() < atMost; version--) {
            Path entry = new Path(log.logPath(), String.format("%020d.json", version));
            try (ClosableIterator<String> lines = log.store().readAsIterator(entry, conf)) {
                commits.add(commit(version, CollectionConverters.asJava(lines)));
            } catch (FileNotFoundException cleared) {
                break;
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
        return commits;
    }

    private static Row commit(long version, Iterator<String> lines) throws IOException {
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith("{\"commitInfo\"")) {
                JsonNode info = JSON.readTree(line).get("commitInfo");
                return RowFactory.create(
                        version, info.path("operation").asText(null), info.path("operationParameters").toString(),
                        info.path("userMetadata").asText(null));
            }
        }
        return RowFactory.create(version, null, null, null);
    }
}
