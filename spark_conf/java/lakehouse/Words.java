package lakehouse;

import java.util.regex.Pattern;

/** The words of a statement apart from what stands in quotes and comments. */
final class Words {

    static final Pattern IDENTIFIER_CALL = Pattern.compile("\\bidentifier\\s*\\(", Pattern.CASE_INSENSITIVE);

    // Strings with escapes, names in backquotes, comments; possessive, so that no text takes long.
    private static final Pattern QUOTED = Pattern.compile(
            "'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"|`[^`]*+`|--[^\\n]*+|/\\*(?!\\+)(?:[^*]|\\*(?!/))*+\\*/",
            Pattern.DOTALL);

    private Words() {}

    static String outsideLiterals(String sql) {
        try {
            return QUOTED.matcher(sql).replaceAll(" ");
        } catch (StackOverflowError longLiteral) {
            throw new Refused("a literal of this statement is too long");
        }
    }
}
