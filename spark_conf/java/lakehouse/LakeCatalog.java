package lakehouse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.analysis.AnalysisContext;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.TableWritePrivilege;
import org.apache.spark.sql.delta.DeltaTimeTravelSpec;
import org.apache.spark.sql.delta.catalog.DeltaCatalog;
import org.apache.spark.sql.delta.catalog.DeltaTableV2;
import scala.Option;

/**
 * Delta's catalog, in which a table of the schema `published` is the one of gold at the version that the newest
 * publication names (docs/decisions/0017-published.md). It is registered as an external table at gold's folder; the
 * publication is looked for anew by each query, and all tables of one query are of one publication.
 */
public final class LakeCatalog extends DeltaCatalog {

    private static final String PUBLISHED = "published";
    private static final String GOLD = "gold";
    private static final ThreadLocal<Seen> SEEN = new ThreadLocal<>();

    /** A table as a publication has it; its snapshot is read once in a session and kept for later queries. */
    private record Pinned(Publication of, DeltaTableV2 table) {}

    /** What the query that a thread is resolving has been told. Spark makes a cache of relations for each query. */
    private record Seen(WeakReference<Object> query, Path lake, Publication publication) {}

    private final Map<Path, Pinned> pinned = new ConcurrentHashMap<>();

    @Override
    public Table loadTable(Identifier identifier) {
        Table table = super.loadTable(identifier);
        return isPublished(identifier) && table instanceof DeltaTableV2 gold ? pinned(identifier, gold) : table;
    }

    @Override
    public Table loadTable(Identifier identifier, Set<TableWritePrivilege> privileges) throws NoSuchTableException {
        refuseToWrite(identifier);
        return super.loadTable(identifier, privileges);
    }

    @Override
    public Table alterTable(Identifier identifier, TableChange[] changes) {
        refuseToWrite(identifier);
        return super.alterTable(identifier, changes);
    }

    /** What the last query with a table of `published` that this thread resolved was told; null where there was none. */
    static Publication lastSeen() {
        Seen seen = SEEN.get();
        return seen == null ? null : seen.publication();
    }

    private Table pinned(Identifier identifier, DeltaTableV2 gold) {
        Configuration conf = gold.spark().sessionState().newHadoopConf();
        Path lake = gold.path().getParent().getParent();
        Publication publication = publicationOfThisQuery(lake, conf);
        Publication.Place place = publication == null ? null : publication.place(GOLD + "." + identifier.name());
        if (place == null) {
            throw unchecked(new NoSuchTableException(identifier));
        }
        Pinned known = pinned.get(gold.path());
        if (known == null || !known.of().equals(publication)) {
            place.check(gold.path(), conf);
            known = new Pinned(publication, at(gold, place.version()));
            pinned.put(gold.path(), known);
        }
        return known.table();
    }

    private static DeltaTableV2 at(DeltaTableV2 table, long version) {
        DeltaTimeTravelSpec spec =
                new DeltaTimeTravelSpec(Option.empty(), Option.apply((Object) version), Option.apply(PUBLISHED), false);
        return new DeltaTableV2(
                table.spark(), table.path(), table.catalogTable(), table.tableIdentifier(), Option.apply(spec), table.options());
    }

    private static Publication publicationOfThisQuery(Path lake, Configuration conf) {
        Object query = AnalysisContext.get().relationCache();
        Seen seen = SEEN.get();
        if (seen == null || seen.query().get() != query || !seen.lake().equals(lake)) {
            try {
                seen = new Seen(new WeakReference<>(query), lake, Publication.newest(lake, conf));
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
            SEEN.set(seen);
        }
        return seen.publication();
    }

    /** Spark looks for this very exception, which Delta's methods, written in Scala, do not declare. */
    @SuppressWarnings("unchecked")
    static <E extends Throwable> RuntimeException unchecked(Throwable error) throws E {
        throw (E) error;
    }

    private static boolean isPublished(Identifier identifier) {
        return identifier.namespace().length == 1 && identifier.namespace()[0].equalsIgnoreCase(PUBLISHED);
    }

    private static void refuseToWrite(Identifier identifier) {
        if (isPublished(identifier)) {
            throw new UnsupportedOperationException(
                    "published." + identifier.name() + " can only be read: runs and lake publish decide what it shows");
        }
    }
}
