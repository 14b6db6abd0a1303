package lakehouse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.conf.HiveConf.ConfVars;
import org.apache.hive.service.CompositeService;
import org.apache.hive.service.cli.thrift.ThriftBinaryCLIService;
import org.apache.hive.service.server.HiveServer2;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.hive.thriftserver.HiveThriftServer2;
import org.apache.spark.sql.hive.thriftserver.SparkSQLCLIService;
import org.apache.spark.util.ShutdownHookManager;

/**
 * Spark's Thrift Server behind the guard, as lake/thrift_server.py starts it: lines of JSON come in on stdin (how to listen,
 * then what to show, again with each publication), lines of text go out on stdout. It ends when stdin does, so it never
 * outlives its supervisor.
 */
public final class BiServer extends CompositeService {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long HEARTBEAT_MILLISECONDS = 5_000;

    private static final String WARM_UP_ROUNDS = "spark.lakehouse.warmUpRounds";

    private final WarmUp warmUp;

    private BiServer(SparkSession spark, HiveConf conf, List<String> queries, boolean isOwners) {
        super("lakehouse-bi");
        SparkSQLCLIService cli = new SparkSQLCLIService(new HiveServer2(), spark);
        ThriftBinaryCLIService service = isOwners ? new ThriftBinaryCLIService(cli) : new BiService(cli);
        warmUp = new WarmUp(service, queries);
        addService(cli);
        addService(warmUp);
        addService(service);
        init(conf);
    }

    /** Ends with the process's exit code: 0 when the supervisor left, 1 where the server cannot start. */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        // What Hive prints would come between the lines.
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            JsonNode how = JSON.readTree(in.readLine());
            String scratch = Files.createTempDirectory("lakehouse-bi-").toString();
            ShutdownHookManager.registerShutdownDeleteDir(new File(scratch));
            System.setProperty("spark.sql.warehouse.dir", scratch + "/warehouse");
            boolean isShared = how.hasNonNull("metastore");
            if (isShared) {
                useMetastore(how.path("metastore"), scratch);
            }
            new CompiledContext(new SparkConf()); // in force from now on: the session takes what is there
            SparkSession spark = SparkSession.builder().getOrCreate();
            Shown shown = new Shown(spark);
            JsonNode what = JSON.readTree(in.readLine());
            shown.show(what);
            // The owner's is Spark's own server, on all of the lake; guard and limits are for others.
            boolean isOwners = how.path("owner").asBoolean();
            if (!isShared && !isOwners) {
                shown.hideOtherSchemas();
            }
            Limits.set(how.path("row_limit").asInt(), how.path("time_limit").asLong());
            HiveThriftServer2.eventManager_$eq(new Statements(spark.sparkContext()));
            daemon("memory-watch", new MemoryWatch(spark.sparkContext()));
            List<String> queries = new ArrayList<>();
            what.path("warm_up").forEach(query -> queries.add(query.asText()));
            BiServer server = new BiServer(spark, hiveConf(how, scratch), queries, isOwners);
            server.start();
            out.println("listening");
            int rounds = spark.sparkContext().getConf().getInt(WARM_UP_ROUNDS, 0);
            if (rounds > 0 && !queries.isEmpty()) {
                daemon("warm-up", () -> {
                    server.warmUp.goOn(rounds);
                    out.println("warm");
                });
            }
            daemon("heartbeat", () -> beat(spark, out));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                try {
                    JsonNode news = JSON.readTree(line);
                    shown.show(news);
                    shown.warmUp(news);
                    out.println("shown");
                } catch (RuntimeException error) {
                    out.println("failed " + Said.line(error.toString()));
                }
            }
        } catch (Throwable error) {
            out.println("failed " + Said.line(rootOf(error).toString()));
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
        System.exit(0);
    }

    /** A query now and then says that this process still answers; one that needs no place among the tasks. */
    private static void beat(SparkSession spark, PrintStream out) {
        try {
            while (true) {
                try {
                    Guard.trusted(() -> spark.sql("select 1").collect());
                    out.println("alive");
                } catch (RuntimeException | Error ill) {
                    // Not alive: where that lasts, the supervisor starts another.
                }
                Thread.sleep(HEARTBEAT_MILLISECONDS);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** The catalog of all clients is then the shared metastore, of which this process need change nothing. */
    private static void useMetastore(JsonNode login, String scratch) {
        System.setProperty("spark.sql.catalogImplementation", "hive");
        login.properties().forEach(given -> System.setProperty("spark.hadoop." + given.getKey(), given.getValue().asText()));
        for (ConfVars folder : new ConfVars[] {ConfVars.SCRATCHDIR, ConfVars.LOCALSCRATCHDIR}) {
            System.setProperty("spark.hadoop." + folder.varname, scratch);
        }
    }

    private static HiveConf hiveConf(JsonNode how, String scratch) {
        // Hive's providers make settings of their own, which take up those of the process.
        System.setProperty(ConfVars.HIVE_SERVER2_CUSTOM_AUTHENTICATION_CLASS.varname, PasswordFile.class.getName());
        how.path("hive").properties().forEach(given -> System.setProperty(given.getKey(), given.getValue().asText()));
        HiveConf conf = new HiveConf();
        conf.setVar(ConfVars.HIVE_SERVER2_THRIFT_BIND_HOST, how.path("host").asText());
        conf.setIntVar(ConfVars.HIVE_SERVER2_THRIFT_PORT, how.path("port").asInt());
        conf.setVar(ConfVars.HIVE_SERVER2_TRANSPORT_MODE, "binary");
        conf.setBoolVar(ConfVars.HIVE_SERVER2_ENABLE_DOAS, false);
        conf.setVar(ConfVars.HIVE_AUTHORIZATION_MANAGER, NoMetastore.class.getName());
        // A session that is closed asks Hive's metastore. Its default is a Derby in the folder where the server was started, which
        // two servers lock each other out of for 20 seconds a try; a port that does not exist is found out at once.
        conf.setVar(ConfVars.METASTOREURIS, "thrift://127.0.0.1:0");
        conf.setIntVar(ConfVars.METASTORETHRIFTCONNECTIONRETRIES, 1);
        conf.setTimeVar(ConfVars.METASTORE_CLIENT_CONNECT_RETRY_DELAY, 0, TimeUnit.SECONDS);
        conf.setBoolVar(ConfVars.HIVE_SERVER2_LOGGING_OPERATION_ENABLED, false);
        conf.setBoolVar(ConfVars.HIVE_SERVER2_USE_SSL, how.hasNonNull("keystore"));
        if (how.hasNonNull("keystore")) {
            conf.setVar(ConfVars.HIVE_SERVER2_SSL_KEYSTORE_PATH, how.path("keystore").asText());
            conf.setVar(ConfVars.HIVE_SERVER2_SSL_KEYSTORE_PASSWORD, how.path("keystore_password").asText());
        }
        if (how.hasNonNull("users")) {
            PasswordFile.use(Path.of(how.path("users").asText()));
        }
        conf.setVar(ConfVars.HIVE_SERVER2_AUTHENTICATION, how.path("authentication").asText());
        for (ConfVars folder : new ConfVars[] {ConfVars.SCRATCHDIR, ConfVars.LOCALSCRATCHDIR, ConfVars.HIVEHISTORYFILELOC}) {
            conf.setVar(folder, scratch);
        }
        // A session removes this one when it is closed, and with it what others have in it.
        conf.setVar(ConfVars.DOWNLOADED_RESOURCES_DIR, scratch + "/${hive.session.id}");
        return conf;
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static Throwable rootOf(Throwable error) {
        return error.getCause() == null ? error : rootOf(error.getCause());
    }
}
