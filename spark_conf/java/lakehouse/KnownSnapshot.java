package lakehouse;

import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.VersionChecksum;
import org.apache.spark.sql.delta.stats.DeltaScan;
import scala.Option;
import scala.collection.immutable.Seq;

/** A snapshot of Delta's whose files, their number and their size its checksum file tells: what it is asked of them takes no job. */
final class KnownSnapshot extends Snapshot {

    private final VersionChecksum checksum;

    KnownSnapshot(Snapshot snapshot, VersionChecksum checksum) {
        super(snapshot.path(), snapshot.version(), snapshot.logSegment(), snapshot.deltaLog(), Option.apply(checksum));
        this.checksum = checksum;
    }

    /** What Delta checks of every snapshot that it makes, it has checked of the one that this is of. */
    @Override
    public void init() {}

    @Override
    public DeltaScan filesForScan(Seq<Expression> filters, boolean keepNumRecords) {
        return KnownFiles.scan(this, checksum.allFiles().get(), filters);
    }

    @Override
    public long numOfFiles() {
        return checksum.numFiles();
    }

    @Override
    public long sizeInBytes() {
        return checksum.tableSizeBytes();
    }
}
