package lakehouse;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import org.apache.spark.SparkContext;

/**
 * Ends the statement that has run longest where a collection leaves most of the memory in use: one query must not take the
 * memory of all.
 */
final class MemoryWatch implements Runnable {

    static final String SHORT_OF_MEMORY = "the query was ended because the server ran short of memory: ask for less at once";

    // Spark's own share is 60 % of the heap; a statement that spills stays below this.
    private static final double MOST_USED = 0.8;
    private static final long MILLISECONDS = 200;

    private final SparkContext spark;

    MemoryWatch(SparkContext spark) {
        this.spark = spark;
    }

    @Override
    public void run() {
        try {
            while (true) {
                Thread.sleep(MILLISECONDS);
                if (isShort()) {
                    Statements.longestRunning().ifPresent(longest -> spark.cancelJobGroup(longest, SHORT_OF_MEMORY));
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
