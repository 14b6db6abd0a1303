package lakehouse;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * A context for code that was compiled: Spark reads the class file behind each function that it sends to tasks, to free it of
 * what a shell's lines would drag along, and serializes it once to see whether it can. Of functions that come from no shell it
 * changes nothing, and what cannot be serialized fails a moment later, when the stage is sent.
 */
final class CompiledContext extends SparkContext {

    CompiledContext(SparkConf conf) {
        super(conf);
    }

    @Override
    public <F> F clean(F function, boolean checkSerializable) {
        return function;
    }
}
