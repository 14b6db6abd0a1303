package lakehouse;

import java.util.function.Supplier;

/** Something that holds of a thread while it does a piece of work, and of no other thread. */
final class Mark {

    private final ThreadLocal<Boolean> isSet = ThreadLocal.withInitial(() -> false);

    boolean isSet() {
        return isSet.get();
    }

    void during(Runnable work) {
        during(() -> {
            work.run();
            return null;
        });
    }

    <T> T during(Supplier<T> work) {
        isSet.set(true);
        try {
            return work.get();
        } finally {
            isSet.remove();
        }
    }
}
