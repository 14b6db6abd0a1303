package lakehouse;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.mapred.JobConf;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * A context for code that was compiled: Spark reads the class file behind each function that it sends to tasks, to free it of
 * what a shell's lines would drag along, and serializes it once to see whether it can. Of functions that come from no shell it
 * changes nothing, and what cannot be serialized fails a moment later, when the stage is sent.
 */
public final class CompiledContext extends SparkContext {

    public CompiledContext(SparkConf conf) {
        super(conf);
        forgetSources(hadoopConfiguration());
    }

    @Override
    public <F> F clean(F function, boolean checkSerializable) {
        return function;
    }

    /**
     * Hadoop notes of each of its settings which file it is from, and packs every such note by itself where settings are sent,
     * as they are with each scan: nobody asks for them.
     */
    private static void forgetSources(Configuration settings) {
        try {
            // What brings settings of its own has all read anew: it comes first.
            new JobConf();
            FileSystem.getFileSystemClass("file", settings);
            settings.size();
            Field sources = Configuration.class.getDeclaredField("updatingResource");
            sources.setAccessible(true);
            ((Map<?, ?>) sources.get(settings)).clear();
        } catch (ReflectiveOperationException | ClassCastException | IOException unknown) {
            return; // another Hadoop's: they are sent along
        }
    }
}
