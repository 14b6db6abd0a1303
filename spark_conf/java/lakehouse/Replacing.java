package lakehouse;

import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** What the lake adds behind Delta: it stands after it in {@code spark.sql.extensions}, for it takes up what Delta's rules make. */
public final class Replacing extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectPostHocResolutionRule(session -> KnownDelete.rule());
        extensions.injectPostHocResolutionRule(session -> KnownMerge.rule());
        extensions.injectPostHocResolutionRule(KnownAppend::rule);
        return BoxedUnit.UNIT;
    }
}
