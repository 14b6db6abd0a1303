package lakehouse;

import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** What the lake adds to Spark. It stands before Delta in {@code spark.sql.extensions}, whose rule finds done what it would do. */
public final class Planning extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectPreCBORule(KnownFiles::new);
        extensions.injectPreCBORule(FitToQuery::new); // after KnownFiles, which says what each scan reads
        extensions.injectColumnar(session -> new HoistLiterals());
        extensions.injectTableFunction(LakeCommits.described());
        return BoxedUnit.UNIT;
    }
}
