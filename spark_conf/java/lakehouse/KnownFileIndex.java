package lakehouse;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.stats.PreparedDeltaFileIndex;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The files of a scan whose table's files are all known: what Spark filters by in the end is asked of them, not of a job. */
public final class KnownFileIndex extends PreparedDeltaFileIndex {

    private static final long serialVersionUID = 1;

    private final transient Seq<AddFile> known;

    KnownFileIndex(PreparedDeltaFileIndex prepared, Seq<AddFile> known) {
        super(prepared.spark(), prepared.deltaLog(), prepared.path(), prepared.catalogTableOpt(), prepared.preparedScan(),
                prepared.versionScanned());
        this.known = known;
    }

    @Override
    public Seq<AddFile> matchingFiles(Seq<Expression> partitionFilters, Seq<Expression> dataFilters) {
        List<Expression> filters = CollectionConverters.asJava(dataFilters);
        return Bounds.matching(known, filters);
    }
}
