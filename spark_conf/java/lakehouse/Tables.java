package lakehouse;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.catalog.CatalogStorageFormat;
import org.apache.spark.sql.catalyst.catalog.CatalogStorageFormat$;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.CatalogTable$;
import org.apache.spark.sql.catalyst.catalog.CatalogTableType;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** The catalog entries of Delta tables that lie in folders. */
public final class Tables {

    private Tables() {}

    /**
     * Shows tables to a session as {@code create table ... using delta location ...} would, without reading their logs:
     * Delta keeps no more in the catalog than where a table lies, and a command needs few of them.
     *
     * @param places the location of each table by its name {@code schema.table}; a name that is known stays as it is
     */
    public static void show(SparkSession spark, Map<String, String> places) {
        SessionCatalog catalog = spark.sessionState().catalog();
        places.forEach((table, place) -> catalog.createTable(entry(table.split("\\.", 2), new Path(place)), true, false));
    }

    private static CatalogTable entry(String[] name, Path place) {
        return entry(name, place, new StructType(), "");
    }

    /**
     * A Delta table of the session as one that lies there, with what its columns, and under "" itself, are described as: the
     * session's catalog leaves columns to Delta, which knows no descriptions.
     */
    static CatalogTable described(
            org.apache.spark.sql.SparkSession spark, String name, Path place, UnaryOperator<String> descriptions) {
        StructType columns = new StructType();
        for (StructField field : spark.table(name).schema().fields()) {
            String description = descriptions.apply(field.name());
            columns = columns.add(description.isEmpty() ? field : field.withComment(description));
        }
        return entry(name.split("\\.", 2), place, columns, descriptions.apply(""));
    }

    private static CatalogTable entry(String[] name, Path place, StructType columns, String comment) {
        CatalogTable$ usual = CatalogTable$.MODULE$;
        CatalogStorageFormat none = CatalogStorageFormat$.MODULE$.empty();
        CatalogStorageFormat storage = none.copy(
                Option.apply(place.toUri()),
                none.inputFormat(),
                none.outputFormat(),
                none.serde(),
                none.compressed(),
                none.properties(),
                none.serdeName());
        return new CatalogTable(
                new TableIdentifier(name[1], Option.apply(name[0])),
                CatalogTableType.EXTERNAL(),
                storage,
                columns,
                Option.apply("delta"),
                usual.apply$default$6(),
                usual.apply$default$7(),
                usual.apply$default$8(),
                usual.apply$default$9(),
                usual.apply$default$10(),
                usual.apply$default$11(),
                usual.apply$default$12(),
                usual.apply$default$13(),
                usual.apply$default$14(),
                Option.apply(comment.isEmpty() ? null : comment),
                usual.apply$default$16(),
                usual.apply$default$17(),
                usual.apply$default$18(),
                usual.apply$default$19(),
                usual.apply$default$20(),
                usual.apply$default$21(),
                usual.apply$default$22());
    }
}
