package lakehouse;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.normalizer.NormalizeCTEIds$;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.delta.files.TahoeLogFileIndex;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.Option;
import scala.collection.immutable.ArraySeq$;

/**
 * Answers that many ask for: all who look at a dashboard ask the same of one publication, which does not change. From the
 * second time on that a question is asked of a publication, its rows are kept, and who asks meanwhile waits for them
 * (docs/decisions/0027-kept-answers.md). A question is what Spark understood, the version of each table in it: not its text.
 */
public final class Answers extends Rule<LogicalPlan> {

    private static final String MOST_ANSWERS = "spark.lakehouse.keptAnswers";
    private static final int MOST_QUESTIONS = 10_000;
    private static final int MOST_ROWS = 1_000;
    private static final int MOST_BYTES = 65_536;

    /** Set while a thread finds answers itself: what Spark plans for that is no question. */
    private static final Mark ANSWERING = new Mark();

    /** Of the newest publication that was asked; null before the first. */
    private static Shelf shelf;

    private final SparkSession spark;

    private final int mostAnswers;

    public Answers(org.apache.spark.sql.SparkSession spark) {
        this.spark = (SparkSession) spark;
        this.mostAnswers = spark.sparkContext().getConf().getInt(MOST_ANSWERS, 0);
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        Publication publication = LakeCatalog.lastSeen();
        if (mostAnswers == 0 || ANSWERING.isSet() || publication == null || !alwaysAnswersAlike(plan)) {
            return plan;
        }
        Shelf kept = shelfOf(publication, mostAnswers);
        if (kept == null) {
            return plan;
        }
        LogicalPlan question = NormalizeCTEIds$.MODULE$.apply(plan).canonicalized();
        if (kept.asked.add(question.hashCode())) {
            return plan;
        }
        CompletableFuture<Optional<InternalRow[]>> mine = new CompletableFuture<>();
        CompletableFuture<Optional<InternalRow[]>> found = kept.answers.putIfAbsent(question, mine);
        if (found == null) {
            return relation(plan, answer(plan, question, kept, mine));
        }
        try {
            Optional<InternalRow[]> rows = found.get();
            return rows.isPresent() ? relation(plan, rows.get()) : plan;
        } catch (ExecutionException othersFailure) {
            return plan;
        } catch (InterruptedException cancelled) {
            throw LakeCatalog.unchecked(cancelled);
        }
    }

    /** Runs work of this thread whose questions are answered from the files, and do not count as asked. */
    static void findingAnew(Runnable work) {
        ANSWERING.during(work);
    }

    /** The rows, found as Spark would have found them; others are told when they are known to be few, or not. */
    private InternalRow[] answer(
            LogicalPlan plan, LogicalPlan question, Shelf kept, CompletableFuture<Optional<InternalRow[]>> told) {
        try {
            InternalRow[] rows = ANSWERING.during(() -> spark.sessionState()
                    .executePlan(plan, CommandExecutionMode.ALL()).executedPlan().executeCollect());
            told.complete(areFew(rows) ? Optional.of(rows) : Optional.empty());
            return rows;
        } catch (Throwable failed) {
            // Whoever asks next tries for himself: this one may have been cancelled.
            kept.answers.remove(question);
            told.completeExceptionally(failed);
            throw failed;
        }
    }

    /** The shelf of a publication; null for one that a query has seen before it was followed by the one in force. */
    private static synchronized Shelf shelfOf(Publication publication, int mostAnswers) {
        if (shelf == null || !publication.equals(shelf.of) && !publication.comesBefore(shelf.of)) {
            shelf = new Shelf(publication, mostAnswers);
        }
        return publication.equals(shelf.of) ? shelf : null;
    }

    /** Whether a plan reads tables at fixed versions, one at least, and asks neither the clock nor chance nor who is asking. */
    private static boolean alwaysAnswersAlike(LogicalPlan plan) {
        return !(plan instanceof Command) && plan.resolved() && plan.deterministic() && !plan.isStreaming()
                && !plan.containsPattern(TreePattern.CURRENT_LIKE())
                && readsFixedVersions(plan) && readsTables(plan);
    }

    /** Whether any part of it does, subqueries included. */
    static boolean readsTables(LogicalPlan plan) {
        return FitToQuery.leavesOf(plan).anyMatch(LogicalRelation.class::isInstance);
    }

    private static boolean readsFixedVersions(LogicalPlan plan) {
        return FitToQuery.leavesOf(plan).allMatch(leaf -> !(leaf instanceof LogicalRelation relation)
                || relation.relation() instanceof HadoopFsRelation files
                && files.location() instanceof TahoeLogFileIndex index && index.versionToUse().isDefined());
    }

    private static boolean areFew(InternalRow[] rows) {
        long bytes = 0;
        for (InternalRow row : rows) {
            bytes += row instanceof UnsafeRow plain ? plain.getSizeInBytes() : MOST_BYTES + 1L;
        }
        return rows.length <= MOST_ROWS && bytes <= MOST_BYTES;
    }

    /** Under the names that this plan gives the columns: the same question may be asked with others. */
    private static LogicalPlan relation(LogicalPlan plan, InternalRow[] rows) {
        return new LocalRelation(plan.output(), ArraySeq$.MODULE$.unsafeWrapArray(rows), false, Option.empty());
    }

    /** What was asked of a publication, and what of that is kept; the longest unasked gives way. */
    private static final class Shelf {

        private final Publication of;

        /** Digests alone of what was asked: a plan holds on to the session that asked. */
        private final Set<Integer> asked =
                Collections.synchronizedSet(Collections.newSetFromMap(new Bounded<>(MOST_QUESTIONS)));

        private final Map<LogicalPlan, CompletableFuture<Optional<InternalRow[]>>> answers;

        Shelf(Publication of, int mostAnswers) {
            this.of = of;
            this.answers = Collections.synchronizedMap(new Bounded<>(mostAnswers));
        }
    }

    private static final class Bounded<K, V> extends LinkedHashMap<K, V> {

        private static final long serialVersionUID = 1;

        private final int most;

        Bounded(int most) {
            super(16, 0.75f, true);
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
        }
    }
}
