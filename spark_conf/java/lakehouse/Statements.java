package lakehouse;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.hive.thriftserver.ui.HiveThriftServer2EventManager;

/** Which statements of clients are being answered, and since when; Spark's Thrift Server tells of each. */
final class Statements extends HiveThriftServer2EventManager {

    private static final long QUIET_NANOSECONDS = TimeUnit.SECONDS.toNanos(1);
    private static final Map<String, Long> RUNNING = new ConcurrentHashMap<>();

    /** When a client last asked, by the clock of {@link System#nanoTime}. */
    private static volatile long lastAsked = System.nanoTime() - QUIET_NANOSECONDS;

    Statements(SparkContext spark) {
        super(spark);
    }

    /** Whether nobody has ended it, its client and its time limit included. */
    static boolean isRunning(String id) {
        return RUNNING.containsKey(id);
    }

    /** Whether no client waits for an answer or has just asked: one who has may be reading it, and ask on. */
    static boolean isQuiet() {
        return RUNNING.isEmpty() && System.nanoTime() - lastAsked > QUIET_NANOSECONDS;
    }

    static Optional<String> longestRunning() {
        return RUNNING.entrySet().stream().min(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
    }

    @Override
    public void onStatementStart(String id, String session, String statement, String group, String user) {
        long now = System.nanoTime();
        RUNNING.put(id, now);
        if (!WarmUp.USER.equals(user)) {
            lastAsked = now;
        }
    }

    @Override
    public void onStatementParsed(String id, String plan) {}

    @Override
    public void onStatementFinish(String id) {
        ended(id);
    }

    @Override
    public void onStatementCanceled(String id) {
        ended(id);
    }

    @Override
    public void onStatementTimeout(String id) {
        ended(id);
    }

    @Override
    public void onStatementError(String id, String message, String trace) {
        ended(id);
    }

    @Override
    public void onOperationClosed(String id) {
        ended(id);
    }

    private static void ended(String id) {
        RUNNING.remove(id);
        Turns.end(id);
    }
}
