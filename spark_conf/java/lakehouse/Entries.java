package lakehouse;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/** The text of an entry of a Delta log: one action a line. */
final class Entries {

    private Entries() {}

    static OutputStream buffered(OutputStream out) {
        return new BufferedOutputStream(out, 1 << 16);
    }

    static void write(Iterator<String> actions, OutputStream out) throws IOException {
        while (actions.hasNext()) {
            out.write((actions.next() + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    static byte[] bytes(Iterator<String> actions) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(actions, out);
        return out.toByteArray();
    }
}
