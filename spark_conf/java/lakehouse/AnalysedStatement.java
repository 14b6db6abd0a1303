package lakehouse;

import java.util.Locale;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.PythonUDF;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.delta.DeltaLogFileIndex;
import org.apache.spark.sql.delta.catalog.DeltaTableV2;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A statement as Spark understood it, with every name looked up: whatever way led there, what is read must be a table of
 * `published`. Delta's reading of its own log comes by here too.
 */
final class AnalysedStatement {

    private AnalysedStatement() {}

    static void check(LogicalPlan plan) {
        if (plan instanceof Command && !Allowed.ANALYSED_COMMANDS.contains(plan.getClass().getSimpleName())) {
            throw new Refused(Said.ofPlan(plan.getClass().getSimpleName()));
        }
        if (CollectionConverters.asJava(plan.children()).isEmpty() && !(plan instanceof Command)) {
            checkLeaf(plan);
        }
        CollectionConverters.asJava(plan.children()).forEach(AnalysedStatement::check);
        CollectionConverters.asJava(plan.innerChildren()).forEach(inner -> {
            if (inner instanceof LogicalPlan innerPlan) {
                check(innerPlan);
            }
        });
        CollectionConverters.asJava(plan.expressions()).forEach(AnalysedStatement::checkExpression);
    }

    private static void checkExpression(Expression expression) {
        // Delta plans its reading with functions in Scala, so those are left to the parser's list of names.
        if (expression instanceof CallMethodViaReflection || expression instanceof PythonUDF) {
            throw new Refused("functions that run code are not allowed here");
        }
        if (expression instanceof AttributeReference column && column.name().equals(Guard.HIDDEN_COLUMN)) {
            throw new Refused(Guard.HIDDEN_COLUMN + " is not allowed here, since it says where files lie");
        }
        if (expression instanceof SubqueryExpression subquery && subquery.plan() instanceof LogicalPlan inner) {
            check(inner);
        }
        CollectionConverters.asJava(expression.children()).forEach(AnalysedStatement::checkExpression);
    }

    private static void checkLeaf(LogicalPlan leaf) {
        boolean isShown;
        if (leaf instanceof DataSourceV2Relation relation) {
            isShown = relation.table() instanceof DeltaTableV2 && isPublished(relation.identifier());
        } else if (leaf instanceof LogicalRelation relation && relation.relation() instanceof HadoopFsRelation files) {
            Option<CatalogTable> table = relation.catalogTable();
            isShown = table.isDefined()
                    ? table.get().identifier().database().exists(Guard.SCHEMA::equals)
                    : files.location() instanceof DeltaLogFileIndex;
        } else {
            isShown = Allowed.ANALYSED_LEAVES.contains(leaf.getClass().getSimpleName());
        }
        if (!isShown) {
            throw new Refused("only tables of " + Guard.SCHEMA + " can be read here, not "
                    + leaf.getClass().getSimpleName().toLowerCase(Locale.ROOT));
        }
    }

    private static boolean isPublished(Option<Identifier> identifier) {
        return identifier.isDefined() && identifier.get().namespace().length == 1
                && identifier.get().namespace()[0].equalsIgnoreCase(Guard.SCHEMA);
    }
}
