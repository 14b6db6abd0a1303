package lakehouse;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.CatalogDatabase;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalog;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.hive.HiveExternalCatalog;
import scala.collection.immutable.Map$;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The shared metastore, a window for programs that do not list the lake's folders: it is brought to what the session shows, and
 * nothing of the lake reads it (docs/decisions/0026-shared-metastore.md). Every table is entered as external: who drops one
 * there drops the entry, never a file.
 */
public final class SharedMetastore {

    private final SparkSession spark;
    private final ExternalCatalog shown;
    private final ExternalCatalog metastore;
    private final Path home;
    private final List<String> changes = new ArrayList<>();

    private SharedMetastore(SparkSession spark, Map<String, String> login, String home) {
        Configuration conf = spark.sessionState().newHadoopConf();
        login.forEach(conf::set);
        this.spark = spark;
        this.shown = spark.sessionState().catalog().externalCatalog();
        this.metastore = new HiveExternalCatalog(spark.sparkContext().conf(), conf);
        this.home = new Path(home);
    }

    /**
     * Brings the metastore to the tables and views of the session; gives what was changed, a line each, sorted.
     *
     * @param login Hive's settings of the metastore
     * @param home a folder of the lake in which no table lies: dropping a schema removes its folder, so schemas have theirs there
     * @param schemas whose tables and views are shown; others in the metastore are left alone
     * @param comments what a table's columns, and under "" itself, are described as, by {@code schema.table}
     * @param takeOver whether entries of the same names that lie elsewhere give way
     * @throws IllegalStateException where there are such entries and they do not
     */
    public static List<String> show(
            SparkSession spark,
            Map<String, String> login,
            String home,
            List<String> schemas,
            Map<String, Map<String, String>> comments,
            boolean takeOver) {
        SharedMetastore shared = new SharedMetastore(spark, login, home);
        Map<String, CatalogTable> wanted = new TreeMap<>();
        entries(shared.shown, schemas).forEach((name, known) -> wanted.put(name, shared.entry(known, comments)));
        schemas.forEach(shared::makeSchema);
        Map<String, CatalogTable> entries = entries(shared.metastore, schemas);
        shared.clear(entries, wanted.keySet(), takeOver);
        wanted.forEach((name, entry) -> shared.enter(entry, entries.get(name)));
        shared.changes.sort(null);
        return shared.changes;
    }

    /** As it stands in the session, a Delta table with its columns. */
    private CatalogTable entry(CatalogTable known, Map<String, Map<String, String>> comments) {
        String name = name(known);
        Map<String, String> described = comments.getOrDefault(name, Map.of());
        return isDelta(known)
                ? Tables.described(spark, name, qualified(known.location()), part -> described.getOrDefault(part, ""))
                : known;
    }

    private void makeSchema(String schema) {
        if (!metastore.databaseExists(schema)) {
            URI folder = new Path(home, schema).toUri();
            metastore.createDatabase(new CatalogDatabase(schema, "", folder, Map$.MODULE$.empty()), true);
            changes.add("made " + schema);
        }
    }

    /** What a catalog has in these schemas, by name. */
    private static Map<String, CatalogTable> entries(ExternalCatalog catalog, List<String> schemas) {
        Map<String, CatalogTable> found = new TreeMap<>();
        for (String schema : schemas) {
            for (String table : CollectionConverters.asJava(catalog.listTables(schema))) {
                found.put(schema + "." + table, catalog.getTable(schema, table));
            }
        }
        return found;
    }

    /** Takes out of the entries what the lake has no more, and makes room for what lay elsewhere. */
    private void clear(Map<String, CatalogTable> entries, Set<String> wanted, boolean takeOver) {
        List<String> gone = new ArrayList<>();
        List<String> elsewhere = new ArrayList<>();
        // The root of a bucket ends with a slash, other folders do not.
        String lake = home.getParent().toString().replaceFirst("/$", "") + "/";
        entries.forEach((name, entry) -> {
            if (!isDelta(entry)) {
                return;
            }
            boolean isOurs = qualified(entry.location()).toString().startsWith(lake);
            if (!isOurs && wanted.contains(name)) {
                elsewhere.add(name + " at " + entry.location());
            }
            if (wanted.contains(name) != isOurs) {
                gone.add(name);
            }
        });
        if (!elsewhere.isEmpty() && !takeOver) {
            throw new IllegalStateException("OTHER_LAKE: it has " + elsewhere.get(0)
                    + (elsewhere.size() > 1 ? " and " + (elsewhere.size() - 1) + " more" : ""));
        }
        for (String name : gone) {
            CatalogTable entry = entries.remove(name);
            metastore.dropTable(entry.identifier().database().get(), entry.identifier().table(), true, false);
            changes.add("dropped " + name);
        }
    }

    /** Enters a table or view in place of what is {@code known} of it, null for nothing. */
    private void enter(CatalogTable entry, CatalogTable known) {
        if (known == null) {
            metastore.createTable(entry, false);
            changes.add("made " + name(entry));
            return;
        }
        boolean isView = entry.viewText().isDefined();
        boolean isOther = isView
                ? !entry.viewText().equals(known.viewText())
                : !entry.location().equals(known.location()) || !entry.comment().equals(known.comment());
        if (isOther) {
            metastore.alterTable(entry);
        }
        boolean hasOtherColumns = !entry.schema().equals(known.schema());
        if (hasOtherColumns) {
            metastore.alterTableSchema(entry.identifier().database().get(), entry.identifier().table(), entry.schema());
        }
        if (isOther || hasOtherColumns) {
            changes.add("changed " + name(entry));
        }
    }

    private static boolean isDelta(CatalogTable entry) {
        return entry.provider().exists("delta"::equalsIgnoreCase);
    }

    private static String name(CatalogTable entry) {
        return entry.identifier().database().get() + "." + entry.identifier().table();
    }

    /** With its scheme: programs elsewhere have other default file systems. */
    private static Path qualified(URI location) {
        Path path = new Path(location);
        return path.toUri().getScheme() == null ? new Path("file:" + path) : path;
    }
}
