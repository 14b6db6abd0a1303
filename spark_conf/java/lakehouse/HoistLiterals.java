package lakehouse;

import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.SparkPlan;
import scala.collection.immutable.ArraySeq$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Lets queries that differ in the days and numbers of their filters alone share their generated code: Spark writes these into
 * the code, so that each period that a dashboard is asked for was compiled anew (docs/decisions/0031-hoisted-literals.md).
 * It comes after filters were handed to the scans and before Spark generates code.
 */
public final class HoistLiterals extends ColumnarRule {

    @Override
    public Rule<SparkPlan> preColumnarTransitions() {
        return new InFilters();
    }

    private static final class InFilters extends Rule<SparkPlan> {

        @Override
        public SparkPlan apply(SparkPlan plan) {
            return conf().wholeStageEnabled() ? plan.transformUp(new Rewrite<>(FilterExec.class, InFilters::hoisted)) : plan;
        }

        private static SparkPlan hoisted(FilterExec filter) {
            Rewrite<Expression, BinaryComparison> comparisons = new Rewrite<>(
                    BinaryComparison.class, comparison -> comparison.withNewChildren(hoisted(comparison.children())));
            return filter.copy(filter.condition().transformUp(comparisons), filter.child());
        }

        private static Seq<Expression> hoisted(Seq<Expression> sides) {
            return ArraySeq$.MODULE$.unsafeWrapArray(
                    CollectionConverters.asJava(sides).stream().map(HoistedLiteral::of).toArray(Expression[]::new));
        }
    }
}
