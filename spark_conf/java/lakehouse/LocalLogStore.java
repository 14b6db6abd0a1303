package lakehouse;

import io.delta.storage.HadoopFileSystemLogStore;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Commits on a local disk that many processes may make: each is written and synced under a temporary name, then linked
 * to its own, which the kernel refuses where that name is taken. Delta's own store looks first and renames then, and
 * lost 6 of 1,006 commits of two processes.
 */
public final class LocalLogStore extends HadoopFileSystemLogStore {

    public LocalLogStore(Configuration conf) {
        super(conf);
    }

    @Override
    public void write(Path path, Iterator<String> actions, Boolean overwrite, Configuration conf) throws IOException {
        File entry = new File(path.toUri().getPath());
        File log = entry.getParentFile();
        if (!log.isDirectory()) {
            throw new FileNotFoundException("No such file or directory: " + log);
        }
        if (!overwrite && entry.exists()) {
            throw new FileAlreadyExistsException(entry.toString());
        }
        File part = new File(createTempPath(path).toUri().getPath());
        try {
            try (FileOutputStream file = new FileOutputStream(part)) {
                OutputStream out = Entries.buffered(file);
                Entries.write(actions, out);
                out.flush();
                if (!overwrite) {
                    file.getFD().sync();
                }
            }
            // Hadoop would check what is read against the checksums of an entry that once had this name.
            Files.deleteIfExists(new File(log, "." + entry.getName() + ".crc").toPath());
            if (overwrite) {
                // A hint that Delta does without where it is not whole; no Hadoop here, which starts four programs for it.
                Files.move(part.toPath(), entry.toPath(), StandardCopyOption.ATOMIC_MOVE);
            } else {
                link(part, entry);
            }
        } finally {
            Files.deleteIfExists(part.toPath());
        }
        sync(log);
    }

    @Override
    public Boolean isPartialWriteVisible(Path path, Configuration conf) {
        return false;
    }

    private static void link(File part, File entry) throws IOException {
        try {
            Files.createLink(entry.toPath(), part.toPath());
        } catch (FileAlreadyExistsException taken) {
            throw taken;
        } catch (UnsupportedOperationException | FileSystemException refused) {
            throw new IOException("cannot link " + entry + ", which makes a commit: " + refused.getMessage()
                    + ". The lake needs a file system with hard links.", refused);
        }
    }

    private static void sync(File log) {
        try (FileChannel folder = FileChannel.open(log.toPath(), StandardOpenOption.READ)) {
            folder.force(true);
        } catch (IOException notSynced) {
            // The commit stands for every process; to call it failed would be wrong.
        }
    }
}
