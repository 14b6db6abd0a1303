package lakehouse;

import java.util.function.Function;
import scala.runtime.AbstractPartialFunction;

/** What becomes of each part of one kind, as Scala's transformations of plans and expressions ask for it. */
final class Rewrite<P, K extends P> extends AbstractPartialFunction<P, P> {

    private final Class<K> kind;

    private final Function<K, P> rewritten;

    Rewrite(Class<K> kind, Function<K, P> rewritten) {
        this.kind = kind;
        this.rewritten = rewritten;
    }

    @Override
    public boolean isDefinedAt(P part) {
        return kind.isInstance(part);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <A extends P, B> B applyOrElse(A part, scala.Function1<A, B> otherwise) {
        return isDefinedAt(part) ? (B) rewritten.apply(kind.cast(part)) : otherwise.apply(part);
    }
}
