package lakehouse;

/** How much one query may ask for; set once when the server starts. */
final class Limits {

    private static volatile int rows = 100_000;
    private static volatile long seconds = 120;

    private Limits() {}

    static void set(int mostRows, long mostSeconds) {
        rows = mostRows;
        seconds = mostSeconds;
    }

    static int rows() {
        return rows;
    }

    static String tooManyRows() {
        return "the result has more than " + rows + " rows, the most that this server gives: aggregate, or add a limit";
    }

    static String tooLong() {
        return "the query took longer than " + seconds + " seconds, the most that this server gives a query";
    }
}
