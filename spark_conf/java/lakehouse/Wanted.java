package lakehouse;

import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.types.DataTypes;
import scala.Option;

/**
 * Lets each join ask, row by row, whether its statement is still wanted. Spark asks only for each row that it reads: six
 * tables joined make as many rows of one as would take days, and a statement that was ended would keep its cores.
 */
public final class Wanted extends Rule<LogicalPlan> {

    /** Called by generated code for each row of a join; ends the task of a statement that was ended. */
    public static boolean still() {
        TaskContext task = TaskContext.get();
        if (task != null) {
            task.killTaskIfInterrupted();
        }
        return true;
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        return plan.transformUp(new Rewrite<>(Join.class, join -> new Filter(asking(), join)));
    }

    private static Expression asking() {
        return new StaticInvoke(Wanted.class, DataTypes.BooleanType, "still", Sequences.of(List.of()),
                Sequences.of(List.of()), true, false, false, Option.empty());
    }
}
