package lakehouse;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Has statements take turns: a few are worked on at once, in the order in which they came, and one that lasts is no longer
 * counted after some seconds (docs/decisions/0029-turns.md). A statement takes its turn when it has been understood and
 * before it is planned; one that reads no table, or whose answer is kept, needs none.
 */
public final class Turns extends Rule<LogicalPlan> {

    /** 0 has no turns; where it is not set, two for each core: one is planned while tasks of another run. */
    private static final String AT_ONCE = "spark.lakehouse.statementsAtOnce";
    private static final int AT_ONCE_PER_CORE = 2;

    private static final String SECONDS = "spark.lakehouse.turnSeconds";
    private static final long LOOKS_MILLISECONDS = 100;

    /** Since when statements have had their turn, by their ids; it guards the queue as well. */
    private static final Map<String, Long> AT_WORK = new HashMap<>();

    private static final Queue<String> WAITING = new ArrayDeque<>();

    private final SparkContext spark;
    private final int atOnce;
    private final long turnNanoseconds;

    public Turns(SparkSession session) {
        spark = session.sparkContext();
        SparkConf given = spark.getConf();
        atOnce = given.getInt(AT_ONCE, AT_ONCE_PER_CORE * Runtime.getRuntime().availableProcessors());
        turnNanoseconds = TimeUnit.SECONDS.toNanos(given.getInt(SECONDS, 0));
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        // Spark names the jobs of a client's statement after it; the server's own work has no name and does not wait.
        String id = atOnce == 0 ? null : spark.getLocalProperty("spark.jobGroup.id");
        if (id != null && Statements.isRunning(id) && Answers.readsTables(plan)) {
            await(id);
        }
        return plan;
    }

    /** Called when a statement has ended, in whichever way, whether or not it had a turn. */
    static void end(String id) {
        synchronized (AT_WORK) {
            AT_WORK.remove(id);
            AT_WORK.notifyAll();
        }
    }

    private void await(String id) {
        synchronized (AT_WORK) {
            if (AT_WORK.containsKey(id)) {
                return;
            }
            WAITING.add(id);
            try {
                while (!id.equals(WAITING.peek()) || counted() >= atOnce) {
                    // A turn runs out without a word, and so does the time limit of one who waits.
                    AT_WORK.wait(LOOKS_MILLISECONDS);
                    if (!Statements.isRunning(id)) {
                        throw new CancellationException("the statement was ended while it waited for its turn");
                    }
                }
                AT_WORK.put(id, System.nanoTime());
            } catch (InterruptedException cancelled) {
                throw LakeCatalog.unchecked(cancelled);
            } finally {
                WAITING.remove(id);
                AT_WORK.notifyAll();
            }
        }
    }

    /** Those who have not had their turn for long: a statement that lasts goes on, and others no longer wait for it. */
    private long counted() {
        long now = System.nanoTime();
        return AT_WORK.values().stream().filter(since -> now - since < turnNanoseconds).count();
    }
}
