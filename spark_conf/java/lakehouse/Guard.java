package lakehouse;

import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * What strangers may ask the BI endpoint: queries of the schema `published` and looks at its names, nothing else
 * (docs/decisions/0019-bi-endpoint.md). It stands last in {@code spark.sql.extensions}, so that its parser is the outermost,
 * and looks at each statement twice: as it was parsed and as Spark understood it.
 */
public final class Guard extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

    static final String SCHEMA = "published";

    /** Spark gives each table of files a column of their paths. */
    static final String HIDDEN_COLUMN = "_metadata";

    private static final Mark TRUSTED = new Mark();

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectParser((session, parser) -> new GuardedParser(session, parser));
        extensions.injectCheckRule(session -> plan -> {
            if (!isTrusted()) {
                AnalysedStatement.check(plan);
            }
            return BoxedUnit.UNIT;
        });
        extensions.injectPlanNormalizationRule(Answers::new); // of what was let through, before Spark plans how to find it
        extensions.injectPlanNormalizationRule(Turns::new); // behind it: what is kept waits for nobody
        // When filters have been moved below the joins: it would stand in their way.
        extensions.injectPreCBORule(session -> new Wanted());
        return BoxedUnit.UNIT;
    }

    /** Whether this thread runs the server's own statements, which come from the supervisor and not from a client. */
    static boolean isTrusted() {
        return TRUSTED.isSet();
    }

    /** Runs the server's own work past the guard; no client's statement may come near it. */
    static void trusted(Runnable work) {
        TRUSTED.during(work);
    }
}
