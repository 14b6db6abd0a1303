package lakehouse;

import java.util.List;
import scala.collection.immutable.List$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Java's lists as Spark and Delta take them. */
final class Sequences {

    private Sequences() {}

    static <E> Seq<E> of(List<E> items) {
        return List$.MODULE$.from(CollectionConverters.asScala(items));
    }
}
