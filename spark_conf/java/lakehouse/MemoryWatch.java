package lakehouse;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.hive.thriftserver.ui.HiveThriftServer2EventManager;

/**
 * Knows which statements run, and ends the one that has run longest where a collection leaves most of the memory in use:
 * one query must not take the memory of all.
 */
final class MemoryWatch extends HiveThriftServer2EventManager implements Runnable {

    static final String SHORT_OF_MEMORY = "the query was ended because the server ran short of memory: ask for less at once";

    // Spark's own share is 60 % of the heap; a statement that spills stays below this.
    private static final double MOST_USED = 0.8;
    private static final long MILLISECONDS = 200;

    private final SparkContext spark;
    private final Map<String, Long> running = new ConcurrentHashMap<>();

    MemoryWatch(SparkContext spark) {
        super(spark);
        this.spark = spark;
    }

    @Override
    public void onStatementStart(String id, String session, String statement, String group, String user) {
        running.put(id, System.nanoTime());
    }

    @Override
    public void onStatementParsed(String id, String plan) {}

    @Override
    public void onStatementFinish(String id) {
        running.remove(id);
    }

    @Override
    public void onStatementCanceled(String id) {
        running.remove(id);
    }

    @Override
    public void onStatementTimeout(String id) {
        running.remove(id);
    }

    @Override
    public void onStatementError(String id, String message, String trace) {
        running.remove(id);
    }

    @Override
    public void onOperationClosed(String id) {
        running.remove(id);
    }

    @Override
    public void run() {
        try {
            while (true) {
                Thread.sleep(MILLISECONDS);
                if (isShort()) {
                    running.entrySet().stream().min(Comparator.comparing(Map.Entry::getValue)).map(Map.Entry::getKey)
                            .ifPresent(longest -> spark.cancelJobGroup(longest, SHORT_OF_MEMORY));
                    Thread.sleep(5 * MILLISECONDS);
                    // What the next look is told is what this leaves.
                    System.gc();
                }
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isShort() {
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null
                    && pool.getName().matches(".*(Old|Tenured).*")) {
                return pool.getCollectionUsage().getUsed() > MOST_USED * pool.getUsage().getMax();
            }
        }
        return false;
    }
}
