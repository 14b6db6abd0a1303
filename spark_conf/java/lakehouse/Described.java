package lakehouse;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedTableOrView;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalog;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.DescribeRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.StructField;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/** {@code describe} with the descriptions of columns that the catalog has: a Delta table itself has none. */
final class Described {

    private Described() {}

    static LogicalPlan of(DescribeRelation plan, ExternalCatalog catalog) {
        if (!(plan.relation() instanceof UnresolvedTableOrView table)) {
            return plan;
        }
        List<String> parts = CollectionConverters.asJava(table.multipartIdentifier());
        String name = parts.get(parts.size() - 1);
        if (!catalog.tableExists(Guard.SCHEMA, name)) {
            return plan;
        }
        List<Tuple2<Expression, Expression>> known = new ArrayList<>();
        for (StructField column : catalog.getTable(Guard.SCHEMA, name).schema().fields()) {
            if (column.getComment().isDefined()) {
                known.add(new Tuple2<>(
                        new EqualTo(column("col_name"), Literal$.MODULE$.apply(column.name())),
                        Literal$.MODULE$.apply(column.getComment().get())));
            }
        }
        if (known.isEmpty()) {
            return plan;
        }
        Expression comment = new CaseWhen(Sequences.of(known), Option.apply(column("comment")));
        NamedExpression named = new Alias(
                comment, "comment", NamedExpression.newExprId(), Sequences.of(List.of()), Option.empty(), Sequences.of(List.of()));
        return new Project(Sequences.of(List.of(column("col_name"), column("data_type"), named)), plan);
    }

    private static UnresolvedAttribute column(String name) {
        return UnresolvedAttribute.quoted(name);
    }
}
