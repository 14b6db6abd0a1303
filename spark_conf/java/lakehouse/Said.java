package lakehouse;

import java.util.Map;
import java.util.regex.Pattern;

/** Refusals and errors in the words of a reader: one line, no Java. */
final class Said {

    private static final int LONGEST = 400;
    private static final Pattern CLASSES = Pattern.compile("(?:[a-z][\\w]*\\.){2,}[A-Z]\\w*(?:Exception|Error|Refused): ?|\\blakehouse\\.Refused: ?");
    private static final Pattern TWICE = Pattern.compile("^(\\[[A-Z_.]+\\] )\\1");
    private static final Pattern BEFORE = Pattern.compile("^(?:\\s*Error (?:running|executing) query: ?)+");
    private static final Map<String, String> PLANS = Map.ofEntries(
            Map.entry("SetCommand", "set"), Map.entry("ResetCommand", "reset"), Map.entry("ExplainCommand", "explain"),
            Map.entry("ScriptTransformation", "transform ... using"), Map.entry("UnresolvedHint", "a hint"),
            Map.entry("RelationTimeTravel", "time travel"), Map.entry("UnresolvedExecuteImmediate", "execute immediate"),
            Map.entry("CompoundBody", "begin ... end"), Map.entry("UnresolvedTableValuedFunction", "a function as a table"),
            Map.entry("SetCatalogCommand", "set catalog"));

    private Said() {}

    static String ofPlan(String kind) {
        return PLANS.getOrDefault(kind, spaced(kind)) + " is not allowed here: only queries of " + Guard.SCHEMA + " are";
    }

    static String ofExpression(String kind) {
        return spaced(kind) + " is not allowed here";
    }

    /** `CreateTableAsSelect` as `create table as select`. */
    private static String spaced(String kind) {
        String name = kind.replaceAll("^Unresolved|Command$|Statement$|\\$$", "");
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(java.util.Locale.ROOT);
    }

    /** An error of Spark's as one line. */
    static String line(String message) {
        if (message == null || message.isBlank()) {
            return "the statement failed";
        }
        if (message.contains(MemoryWatch.SHORT_OF_MEMORY)) {
            return MemoryWatch.SHORT_OF_MEMORY;
        }
        String told = message.split("\n== SQL|\n\tat |\nJVM stacktrace|== Physical Plan")[0];
        told = CLASSES.matcher(BEFORE.matcher(told).replaceFirst("")).replaceAll("");
        told = BEFORE.matcher(told).replaceFirst("").replaceAll("\\s+", " ").strip();
        told = TWICE.matcher(told).replaceFirst("$1");
        return told.length() > LONGEST ? told.substring(0, LONGEST) + "..." : told;
    }
}
