package lakehouse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** One entry of the lake's publications (lake/published.py writes them): a Delta version of each table, by its name. */
record Publication(Path file, long modified, Map<String, Place> places) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static volatile Publication last;

    /** A version of a table, and the identity of the commit that made it. */
    record Place(long version, String commit) {

        /** Refuses a table that was made anew since and has come to the same version: its rows are others. */
        void check(Path table, Configuration conf) {
            Path entry = new Path(table, String.format("_delta_log/%020d.json", version));
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(entry.getFileSystem(conf).open(entry), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    JsonNode found = line.startsWith("{\"commitInfo\"") ? JSON.readTree(line).path("commitInfo") : null;
                    if (found != null && !commit.equals(found.path("txnId").asText())) {
                        throw new IllegalArgumentException("the published version of " + table.getName()
                                + " is gone, the table was made anew: lake run publishes it again");
                    }
                }
            } catch (FileNotFoundException cleared) {
                // An old commit that maintenance has cleared is of this table: one made anew has all of its own.
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    }

    Place place(String table) {
        return places.get(table);
    }

    /** Whether it was in force earlier; by time, for a lake made anew counts its publications from one again. */
    boolean comesBefore(Publication other) {
        return modified < other.modified;
    }

    /** The publication that is in force, null before the first. */
    static Publication newest(Path lake, Configuration conf) throws IOException {
        FileSystem fs = lake.getFileSystem(conf);
        Path folder = fs.makeQualified(new Path(lake, "published"));
        Publication known = last;
        // Numbers have no gaps, so that two files say whether the one last read is still in force, however many there are.
        if (known != null && known.file.getParent().equals(folder) && known.stands(fs) && !fs.exists(known.next())) {
            return known;
        }
        FileStatus newest = null;
        try {
            for (FileStatus entry : fs.listStatus(folder)) {
                String name = entry.getPath().getName();
                if (name.matches("\\d{20}\\.json")
                        && (newest == null || name.compareTo(newest.getPath().getName()) > 0)) {
                    newest = entry;
                }
            }
        } catch (FileNotFoundException none) {
            return null;
        }
        Publication found = newest == null ? null : read(fs, newest);
        last = found;
        return found;
    }

    private boolean stands(FileSystem fs) throws IOException {
        try {
            return fs.getFileStatus(file).getModificationTime() == modified;
        } catch (FileNotFoundException removed) {
            return false;
        }
    }

    private Path next() {
        long number = Long.parseLong(file.getName().substring(0, 20));
        return new Path(file.getParent(), String.format("%020d.json", number + 1));
    }

    private static Publication read(FileSystem fs, FileStatus entry) throws IOException {
        Map<String, Place> places = new HashMap<>();
        try (InputStream in = fs.open(entry.getPath())) {
            JSON.readTree(in).path("tables").properties().forEach(table -> places.put(table.getKey(),
                    new Place(table.getValue().path("version").asLong(), table.getValue().path("commit").asText())));
        }
        return new Publication(entry.getPath(), entry.getModificationTime(), places);
    }
}
