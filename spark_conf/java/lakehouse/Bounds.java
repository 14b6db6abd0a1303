package lakehouse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BinaryComparison;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.GreaterThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.In;
import org.apache.spark.sql.catalyst.expressions.InSet;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Which files can hold rows that a filter lets through, by the least and greatest value that Delta noted of each file.
 * Whole numbers and dates are judged, compared with literals; whatever is not judged keeps its file.
 */
final class Bounds {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode least;
    private final JsonNode greatest;
    private final JsonNode nulls;

    private Bounds(AddFile file) {
        JsonNode statistics = read(file.stats());
        least = statistics.path("minValues");
        greatest = statistics.path("maxValues");
        nulls = statistics.path("nullCount");
    }

    /** Whether a file's bounds prove that a filter that is understood lets all its rows through; they may be wider than these. */
    static boolean letsAllThrough(Expression filter, AddFile file) {
        return new Bounds(file).letsAllThrough(filter);
    }

    /** Whether a filter is a column and what it may equal, or that it is not null, so that `letsAllThrough` judges the whole. */
    static boolean understands(Expression filter) {
        List<Expression> parts = CollectionConverters.asJava(filter.children());
        return (filter instanceof EqualTo || filter instanceof In || filter instanceof IsNotNull)
                && parts.get(0) instanceof Attribute
                && parts.stream().skip(1).allMatch(part -> valueOf(part) != null);
    }

    private boolean letsAllThrough(Expression filter) {
        List<Expression> parts = CollectionConverters.asJava(filter.children());
        Attribute column = (Attribute) parts.get(0);
        JsonNode missing = nulls.path(column.name());
        boolean isWhole = missing.canConvertToLong() && missing.longValue() == 0;
        if (filter instanceof IsNotNull) {
            return isWhole;
        }
        Set<Long> values = parts.stream().skip(1).map(Bounds::valueOf).collect(Collectors.toSet());
        Long min = bound(least, column);
        Long max = bound(greatest, column);
        return isWhole && min != null && max != null
                && max - min < values.size() && LongStream.rangeClosed(min, max).allMatch(values::contains);
    }

    /** Whether a filter, or a part of it, can leave out a file. */
    static boolean judges(Expression filter) {
        if (filter instanceof And both) {
            return judges(both.left()) || judges(both.right());
        }
        if (filter instanceof Or either) {
            return judges(either.left()) && judges(either.right());
        }
        return filter instanceof BinaryComparison || filter instanceof In || filter instanceof InSet;
    }

    /** The files that all filters leave; those that judge nothing leave all. */
    static Seq<AddFile> matching(Seq<AddFile> files, List<Expression> filters) {
        List<Expression> judged = filters.stream().filter(Bounds::judges).toList();
        if (judged.isEmpty()) {
            return files;
        }
        List<AddFile> left = new ArrayList<>();
        for (AddFile file : CollectionConverters.asJava(files)) {
            Bounds bounds = new Bounds(file);
            if (judged.stream().allMatch(bounds::mayHold)) {
                left.add(file);
            }
        }
        return Sequences.of(left);
    }

    private boolean mayHold(Expression filter) {
        if (filter instanceof And both) {
            return mayHold(both.left()) && mayHold(both.right());
        }
        if (filter instanceof Or either) {
            return mayHold(either.left()) || mayHold(either.right());
        }
        if (filter instanceof In in && in.value() instanceof Attribute column) {
            return CollectionConverters.asJava(in.list()).stream().anyMatch(item -> mayEqual(column, valueOf(item)));
        }
        if (filter instanceof InSet in && in.child() instanceof Attribute column) {
            return CollectionConverters.asJava(in.hset()).stream().anyMatch(item -> mayEqual(column, number(item)));
        }
        if (filter instanceof BinaryComparison comparison) {
            return mayCompare(comparison);
        }
        return true;
    }

    private boolean mayCompare(BinaryComparison comparison) {
        boolean isTurned = comparison.right() instanceof Attribute;
        Expression column = isTurned ? comparison.right() : comparison.left();
        Long value = valueOf(isTurned ? comparison.left() : comparison.right());
        if (value == null || !(column instanceof Attribute attribute)) {
            return true;
        }
        if (comparison instanceof EqualTo) {
            return mayEqual(attribute, value);
        }
        if (comparison instanceof GreaterThan) {
            return isTurned ? may(least, attribute, min -> min < value) : may(greatest, attribute, max -> max > value);
        }
        if (comparison instanceof GreaterThanOrEqual) {
            return isTurned ? may(least, attribute, min -> min <= value) : may(greatest, attribute, max -> max >= value);
        }
        if (comparison instanceof LessThan) {
            return isTurned ? may(greatest, attribute, max -> max > value) : may(least, attribute, min -> min < value);
        }
        if (comparison instanceof LessThanOrEqual) {
            return isTurned ? may(greatest, attribute, max -> max >= value) : may(least, attribute, min -> min <= value);
        }
        return true;
    }

    private boolean mayEqual(Attribute column, Long value) {
        return value == null || may(least, column, min -> min <= value) && may(greatest, column, max -> max >= value);
    }

    /** Whether a bound of the column passes; where there is none, or none that is understood, it may. */
    private static boolean may(JsonNode bounds, Attribute column, LongPredicate passes) {
        Long bound = bound(bounds, column);
        return bound == null || passes.test(bound);
    }

    private static Long bound(JsonNode bounds, Attribute column) {
        JsonNode bound = bounds.path(column.name());
        DataType type = column.dataType();
        if ((type instanceof LongType || type instanceof IntegerType) && bound.canConvertToLong()) {
            return bound.longValue();
        }
        if (type instanceof DateType && bound.isTextual()) {
            try {
                return LocalDate.parse(bound.textValue()).toEpochDay();
            } catch (DateTimeParseException unknown) {
                return null;
            }
        }
        return null;
    }

    private static Long valueOf(Expression expression) {
        if (expression instanceof Cast cast && cast.child() instanceof Literal) {
            return number(cast.eval(null)); // before Spark has put literals in the place of such
        }
        return expression instanceof Literal literal ? number(literal.value()) : null;
    }

    /** Spark has whole numbers as they are and dates as days since 1970; null for all else. */
    private static Long number(Object value) {
        return value instanceof Long || value instanceof Integer ? ((Number) value).longValue() : null;
    }

    private static JsonNode read(String statistics) {
        try {
            return JSON.readTree(statistics == null ? "{}" : statistics);
        } catch (JsonProcessingException unknown) {
            return JSON.createObjectNode();
        }
    }
}
