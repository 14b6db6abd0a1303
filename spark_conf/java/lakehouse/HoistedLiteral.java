package lakehouse;

import java.io.Serializable;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.codegen.CodeGenerator;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.catalyst.expressions.codegen.JavaCode;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Nil$;
import scala.collection.immutable.Seq;

/** A literal whose value generated code is handed when it starts, in a field of its own, instead of having it in its text. */
public final class HoistedLiteral extends Expression implements Serializable {

    private static final long serialVersionUID = 1;

    private final Object value;

    private final DataType dataType;

    private HoistedLiteral(Object value, DataType dataType) {
        this.value = value;
        this.dataType = dataType;
    }

    /** A literal hoisted, where Spark would write its value into the code; anything else as it is. */
    static Expression of(Expression expression) {
        // Spark hands over the others itself, but for truth values, of which there are but two.
        return expression instanceof Literal literal && literal.value() instanceof Number
                ? new HoistedLiteral(literal.value(), literal.dataType()) : expression;
    }

    @Override
    public boolean nullable() {
        return false;
    }

    @Override
    public DataType dataType() {
        return dataType;
    }

    @Override
    public Object eval(InternalRow input) {
        return value;
    }

    @Override
    public ExprCode doGenCode(CodegenContext context, ExprCode code) {
        String given = context.addReferenceObj("literal", value, CodeGenerator.boxedType(dataType));
        String field = context.addMutableState(
                CodeGenerator.javaType(dataType), "literal", name -> name + " = " + given + ";", true, true);
        return ExprCode.forNonNullValue(JavaCode.global(field, dataType));
    }

    @Override
    public String toString() {
        return Literal.create(value, dataType).toString();
    }

    @Override
    public String sql() {
        return Literal.create(value, dataType).sql();
    }

    @Override
    @SuppressWarnings("unchecked")
    public Seq<Expression> children() {
        return (Seq<Expression>) (Seq<?>) Nil$.MODULE$;
    }

    @Override
    public Expression withNewChildrenInternal(IndexedSeq<Expression> none) {
        return this;
    }

    @Override
    public int productArity() {
        return 2;
    }

    @Override
    public Object productElement(int place) {
        return place == 0 ? value : dataType;
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof HoistedLiteral;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HoistedLiteral literal && value.equals(literal.value) && dataType.equals(literal.dataType);
    }

    @Override
    public int hashCode() {
        return Objects.hash(value, dataType);
    }
}
