package lakehouse;

/** A statement or a connection that the BI endpoint refuses; the message is for the person who sent it. */
final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Refused(String message) {
        super(message, null, false, false);
    }
}
