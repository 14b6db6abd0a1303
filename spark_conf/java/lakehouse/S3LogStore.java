package lakehouse;

import io.delta.storage.HadoopFileSystemLogStore;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Commits on S3 that many machines may make, without a table of locks beside it: an entry is put with
 * {@code If-None-Match: *}, so the store refuses all but the first of one name. Delta's own store for S3 is for a single
 * driver and lost 195 of 495 commits of two.
 *
 * <p>Where the answer to a put is lost, its repetition meets the entry that the first one made. An entry is read back
 * then: identical bytes (each commit has an id of its own) are this commit, which is made and not to be made twice.
 */
public final class S3LogStore extends HadoopFileSystemLogStore {

    private static final String IF_NONE_MATCH = "fs.option.create.conditional.overwrite";
    private static final String WITHOUT_PROBES = "fs.s3a.create.performance";

    public S3LogStore(Configuration conf) {
        super(conf);
    }

    @Override
    public void write(Path path, Iterator<String> actions, Boolean overwrite, Configuration conf) throws IOException {
        FileSystem store = path.getFileSystem(conf);
        byte[] entry = Entries.bytes(actions);
        Lease.check(path, conf);
        if (overwrite) {
            try (FSDataOutputStream out = store.create(path, true)) {
                out.write(entry);
            }
            return;
        }
        try {
            put(store, path, entry);
        } catch (IOException refusedOrLost) {
            byte[] found = read(store, path, refusedOrLost);
            if (found == null) {
                throw refusedOrLost;
            }
            if (!Arrays.equals(found, entry)) {
                // Without its cause: to whom reads the conflict that Delta makes of it, the store is well.
                throw new FileAlreadyExistsException(path.toString());
            }
        }
    }

    @Override
    public Boolean isPartialWriteVisible(Path path, Configuration conf) {
        return false;
    }

    private static void put(FileSystem store, Path path, byte[] entry) throws IOException {
        FSDataOutputStream out = (FSDataOutputStream) store.createFile(path).overwrite(true).recursive()
                .must(IF_NONE_MATCH, true).opt(WITHOUT_PROBES, true).build();
        try {
            out.write(entry);
        } catch (IOException incomplete) {
            out.abort();
            throw incomplete;
        }
        // The put is made here, and so is its refusal.
        out.close();
    }

    /** The entry that stands there, null where there is none; where that cannot be told, the first error counts. */
    private static byte[] read(FileSystem store, Path path, IOException first) throws IOException {
        try (FSDataInputStream in = store.open(path)) {
            return in.readAllBytes();
        } catch (FileNotFoundException absent) {
            return null;
        } catch (IOException second) {
            first.addSuppressed(second);
            throw first;
        }
    }
}
