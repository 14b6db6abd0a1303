package lakehouse;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalog;
import scala.jdk.javaapi.CollectionConverters;

/** The catalog that all clients share: what the supervisor says is shown, with columns and descriptions. */
final class Shown {

    private final SparkSession spark;
    private final ExternalCatalog catalog;
    // A view that is made anew is away for a moment, in which a client would be told that there is none.
    private final Set<String> done = new HashSet<>();

    Shown(SparkSession spark) {
        this.spark = spark;
        this.catalog = spark.sharedState().externalCatalog();
    }

    /**
     * Runs those of `statements` that it has not run yet, and gives tables their columns with `comments` (schema.table, column or "": text);
     * a shared metastore shows both by itself, so that there are neither.
     */
    void show(JsonNode what) {
        if (!what.hasNonNull("statements")) {
            return;
        }
        Guard.trusted(() -> {
            what.path("statements").forEach(statement -> runOnce(statement.asText()));
            if (!what.hasNonNull("comments")) {
                return;
            }
            for (String table : CollectionConverters.asJava(catalog.listTables(Guard.SCHEMA))) {
                describe(table, what.path("comments").path(Guard.SCHEMA + "." + table));
            }
        });
    }

    /** Asks the queries `warm_up`, so that the first client after a publication need not wait for what is new in it. */
    void warmUp(JsonNode what) {
        Guard.trusted(() -> what.path("warm_up").forEach(query -> warmUp(query.asText())));
    }

    private void runOnce(String statement) {
        if (!done.contains(statement)) {
            spark.sql(statement);
            done.add(statement);
        }
    }

    private void warmUp(String query) {
        try {
            spark.sql(query).collect();
        } catch (RuntimeException notShown) {
            // A table that is gone is nothing to warm up with, and no reason not to serve the others.
        }
    }

    /** The schema that Spark makes by itself has nothing to show; its folder, which goes with it, is the server's own. */
    void hideOtherSchemas() {
        catalog.dropDatabase("default", true, false);
    }

    /** What lists columns asks the catalog, which knows none of a Delta table's. */
    private void describe(String name, JsonNode comments) {
        CatalogTable table = catalog.getTable(Guard.SCHEMA, name);
        if (!table.provider().exists("delta"::equalsIgnoreCase)) {
            return;
        }
        CatalogTable described = Tables.described(
                spark, Guard.SCHEMA + "." + name, new Path(table.location()), part -> comments.path(part).asText());
        if (!described.schema().equals(table.schema()) || !described.comment().equals(table.comment())) {
            catalog.alterTable(described);
        }
    }
}
