package lakehouse;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.DescribeRelation;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.ShowTables;
import org.apache.spark.sql.catalyst.plans.logical.ShowViews;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;

/** Spark's and Delta's parser, behind the guard: a statement that is not allowed does not leave it. */
final class GuardedParser implements ParserInterface {

    private static final int LONGEST_STATEMENT = 100_000;

    private final SparkSession session;
    private final ParserInterface delegate;

    GuardedParser(SparkSession session, ParserInterface delegate) {
        this.session = session;
        this.delegate = delegate;
    }

    @Override
    public LogicalPlan parsePlan(String sql) throws ParseException {
        if (Guard.isTrusted()) {
            return delegate.parsePlan(sql);
        }
        check(sql);
        try {
            LogicalPlan plan = delegate.parsePlan(sql);
            ParsedStatement statement = new ParsedStatement();
            statement.check(plan);
            if (plan instanceof Command) {
                // Clients that know no schema ask for `default`; there is one schema here.
                return statement.asksForDefault() ? delegate.parsePlan("use " + Guard.SCHEMA) : asHive(plan);
            }
            return limited(plan);
        } catch (StackOverflowError deep) {
            throw new Refused("this statement is nested too deeply");
        }
    }

    @Override
    public LogicalPlan parseQuery(String sql) throws ParseException {
        LogicalPlan plan = delegate.parseQuery(sql);
        if (!Guard.isTrusted()) {
            new ParsedStatement().check(plan);
        }
        return plan;
    }

    /** One row more than may be given out, so that the service can tell that there are more. */
    private static LogicalPlan limited(LogicalPlan plan) {
        Expression rows = Literal$.MODULE$.apply(Limits.rows() + 1);
        return new GlobalLimit(rows, new LocalLimit(rows, plan));
    }

    /** Looks at names as Hive answers them: its clients take the first column for the name, the third for the description. */
    private LogicalPlan asHive(LogicalPlan plan) {
        if (plan instanceof DescribeRelation describe) {
            return Described.of(describe, session.sharedState().externalCatalog());
        }
        if (!(plan instanceof ShowTables || plan instanceof ShowViews)) {
            return plan;
        }
        String name = plan instanceof ShowViews ? "viewName" : "tableName";
        List<NamedExpression> columns = List.of(UnresolvedAttribute.quoted(name),
                UnresolvedAttribute.quoted("namespace"), UnresolvedAttribute.quoted("isTemporary"));
        return new Project(Sequences.of(columns), plan);
    }

    private static void check(String sql) {
        if (sql.length() > LONGEST_STATEMENT) {
            throw new Refused("a statement may have " + LONGEST_STATEMENT + " characters at most");
        }
        if (sql.contains("${")) {
            throw new Refused("${...} is not allowed here: nothing is substituted in statements");
        }
        String words = Words.outsideLiterals(sql);
        if (Words.IDENTIFIER_CALL.matcher(words).find()) {
            throw new Refused("identifier(...) is not allowed here: write the name itself");
        }
        if (words.contains("|>")) {
            throw new Refused("|> is not allowed here: write the query with select");
        }
    }

    @Override
    public Expression parseExpression(String sql) throws ParseException {
        return delegate.parseExpression(sql);
    }

    @Override
    public TableIdentifier parseTableIdentifier(String sql) throws ParseException {
        return delegate.parseTableIdentifier(sql);
    }

    @Override
    public FunctionIdentifier parseFunctionIdentifier(String sql) throws ParseException {
        return delegate.parseFunctionIdentifier(sql);
    }

    @Override
    public Seq<String> parseMultipartIdentifier(String sql) throws ParseException {
        return delegate.parseMultipartIdentifier(sql);
    }

    @Override
    public StructType parseRoutineParam(String sql) throws ParseException {
        return delegate.parseRoutineParam(sql);
    }

    @Override
    public StructType parseTableSchema(String sql) throws ParseException {
        return delegate.parseTableSchema(sql);
    }

    @Override
    public DataType parseDataType(String sql) throws ParseException {
        return delegate.parseDataType(sql);
    }
}
