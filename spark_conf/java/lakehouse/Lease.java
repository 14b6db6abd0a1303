package lakehouse;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * The lake's lease as a commit sees it (lake/lease.py holds it, docs/decisions/0015-writers-on-s3.md says why this is
 * enough): a process that holds the lease names it and its own token in two system properties, and commits to that lake
 * only while the lease still has the token.
 */
final class Lease {

    static final String URI = "lakehouse.lease";
    static final String TOKEN = "lakehouse.lease.token";
    private static final int ATTEMPTS = 5;

    private Lease() {}

    static void check(Path entry, Configuration conf) throws IOException {
        String uri = System.getProperty(URI);
        if (uri == null || !entry.toString().startsWith(uri.substring(0, uri.lastIndexOf('/') + 1))) {
            return;
        }
        String token = System.getProperty(TOKEN);
        if (!read(new Path(uri), conf).contains("\"" + token + "\"")) {
            throw new IOException("LEASE_LOST: another run has taken over the lake, so this one commits no more");
        }
    }

    /** The lease as it is now. A renewal between the two requests that make a read is met by reading again. */
    private static String read(Path lease, Configuration conf) throws IOException {
        IOException last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return readOnce(lease, conf);
            } catch (IOException renewed) {
                last = renewed;
            }
        }
        throw last;
    }

    private static String readOnce(Path lease, Configuration conf) throws IOException {
        try (FSDataInputStream in = lease.getFileSystem(conf).open(lease)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (FileNotFoundException gone) {
            return "";
        }
    }
}
