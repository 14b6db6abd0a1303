package lakehouse;

import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedGenerator;
import org.apache.spark.sql.catalyst.analysis.UnresolvedNamespace;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.analysis.UnresolvedTableOrView;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.DescribeRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SetCatalogAndNamespace;
import org.apache.spark.sql.catalyst.plans.logical.ShowColumns;
import org.apache.spark.sql.catalyst.plans.logical.UnresolvedWith;
import org.apache.spark.sql.execution.command.SetNamespaceCommand;
import org.apache.spark.sql.types.DataType;
import scala.Product;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** A statement as the parser made it: every part of it must be allowed, every name must be one of `published`. */
final class ParsedStatement {

    private static final String CATALOG = "spark_catalog";
    private static final String DEFAULT = "default";

    private boolean asksForDefault;

    boolean asksForDefault() {
        return asksForDefault;
    }

    /** Goes through whatever a part holds, in whichever field: what no other walk reaches is looked at here too. */
    void check(Object part) {
        if (part instanceof LogicalPlan plan) {
            checkPlan(plan);
        } else if (part instanceof Expression expression) {
            checkExpression(expression);
        } else if (part instanceof DataType) {
            return;
        }
        if (part instanceof scala.collection.Iterable<?> many) {
            many.iterator().foreach(each -> {
                check(each);
                return null;
            });
        } else if (part instanceof Product product) {
            for (Iterator<Object> fields = product.productIterator(); fields.hasNext();) {
                check(fields.next());
            }
        }
    }

    private void checkPlan(LogicalPlan plan) {
        String kind = kind(plan);
        if (!Allowed.PLANS.contains(kind)) {
            throw new Refused(Said.ofPlan(plan.getClass().getSimpleName()));
        }
        if (plan instanceof UnresolvedRelation table) {
            checkTable(table.multipartIdentifier());
            if (!table.options().isEmpty() || table.isStreaming()) {
                throw new Refused("a table can only be read as it is, without options");
            }
        } else if (plan instanceof UnresolvedTableOrView table) {
            checkTable(table.multipartIdentifier());
        } else if (plan instanceof UnresolvedNamespace namespace) {
            checkNamespace(CollectionConverters.asJava(namespace.multipartIdentifier()));
        } else if (plan instanceof SetCatalogAndNamespace use) {
            checkUse(CollectionConverters.asJava(((UnresolvedNamespace) use.child()).multipartIdentifier()));
        } else if (plan instanceof SetNamespaceCommand use) {
            checkUse(CollectionConverters.asJava(use.namespace()));
        } else if (plan instanceof ShowColumns columns && columns.namespace().isDefined()) {
            checkNamespace(CollectionConverters.asJava(columns.namespace().get()));
        } else if (plan instanceof DescribeRelation describe && describe.isExtended()) {
            throw new Refused("describe extended is not allowed here, since it says where files lie: use describe");
        } else if (plan instanceof UnresolvedWith with && with.allowRecursion()) {
            throw new Refused("with recursive is not allowed here");
        }
    }

    private void checkExpression(Expression expression) {
        String kind = kind(expression);
        if (!Allowed.EXPRESSIONS.contains(kind)) {
            throw new Refused(Said.ofExpression(expression.getClass().getSimpleName()));
        }
        if (expression instanceof UnresolvedFunction function) {
            checkFunction(CollectionConverters.asJava(function.nameParts()), CollectionConverters.asJava(function.arguments()));
        } else if (expression instanceof UnresolvedAttribute column
                && CollectionConverters.asJava(column.nameParts()).stream().anyMatch(Guard.HIDDEN_COLUMN::equalsIgnoreCase)) {
            throw new Refused(Guard.HIDDEN_COLUMN + " is not allowed here, since it says where files lie");
        } else if (expression instanceof UnresolvedGenerator generator) {
            checkFunction(List.of(generator.name().funcName()), CollectionConverters.asJava(generator.children()));
        }
    }

    private static void checkFunction(List<String> parts, List<Expression> arguments) {
        String name = lower(parts.get(parts.size() - 1));
        if (parts.size() > 1 || !Allowed.FUNCTIONS.contains(name)) {
            throw new Refused("the function " + String.join(".", parts) + " is not allowed here");
        }
        if (Allowed.PADDING.contains(name) && arguments.size() > 1) {
            boolean isShort = arguments.get(1) instanceof Literal literal && literal.value() instanceof Integer length
                    && length <= Allowed.LONGEST_PADDING;
            if (!isShort) {
                throw new Refused(name + " takes a number of up to " + Allowed.LONGEST_PADDING + " as its length here");
            }
        }
    }

    private static void checkTable(Seq<String> name) {
        List<String> parts = CollectionConverters.asJava(name);
        int schema = parts.size() - 2;
        boolean isShown = schema < 0 || lower(parts.get(schema)).equals(Guard.SCHEMA)
                && (schema == 0 || schema == 1 && lower(parts.get(0)).equals(CATALOG));
        if (!isShown) {
            throw new Refused(String.join(".", parts) + " is not shown here: only tables of " + Guard.SCHEMA + " are");
        }
    }

    private static void checkNamespace(List<String> parts) {
        if (!isPublished(parts) && !parts.isEmpty() && !(parts.size() == 1 && isIn(parts, CATALOG, DEFAULT))) {
            throw new Refused("the schema " + String.join(".", parts) + " is not shown here: only " + Guard.SCHEMA + " is");
        }
    }

    private void checkUse(List<String> parts) {
        asksForDefault = parts.size() == 1 && isIn(parts, DEFAULT);
        if (!asksForDefault && !isPublished(parts)) {
            throw new Refused("the schema " + String.join(".", parts) + " is not shown here: only " + Guard.SCHEMA + " is");
        }
    }

    private static boolean isPublished(List<String> parts) {
        return !parts.isEmpty() && lower(parts.get(parts.size() - 1)).equals(Guard.SCHEMA)
                && (parts.size() == 1 || parts.size() == 2 && isIn(parts, CATALOG));
    }

    private static boolean isIn(List<String> parts, String... names) {
        return List.of(names).contains(lower(parts.get(0)));
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** The name of a class of Spark's own; of any other none that is allowed. */
    private static String kind(Object part) {
        Class<?> type = part.getClass();
        return type.getName().startsWith("org.apache.spark.sql.") ? type.getSimpleName() : type.getName();
    }
}
