package lakehouse;

import java.security.GeneralSecurityException;
import java.util.List;
import org.apache.hive.service.AbstractService;
import org.apache.hive.service.cli.thrift.ThriftBinaryCLIService;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.thrift.TException;

/**
 * Asks as a client would before the first one can: a service that starts after the sessions and before the port is opened,
 * so that Java has read, and in part compiled, what a connection and its queries go through, the guard included. Java compiles
 * what it has called often, so it goes on asking, while nobody else does, until a few hundred queries have been answered.
 */
final class WarmUp extends AbstractService {

    /** The name under which it asks; no login has it, and whoever else takes it only has it not wait for him. */
    static final String USER = "lakehouse-warm-up";

    private static final int ROWS = 100;
    private static final long LOOKS_MILLISECONDS = 50;

    /** In the queries: another number changes no answer, and what is done for it anew. */
    private static final String NUMBER = "-999";

    private final ThriftBinaryCLIService service;
    private final List<String> queries;

    WarmUp(ThriftBinaryCLIService service, List<String> queries) {
        super(USER);
        this.service = service;
        this.queries = queries;
    }

    @Override
    public synchronized void start() {
        try {
            PasswordFile.warmUp();
            TSessionHandle session = open();
            for (String query : queries) {
                ask(session, query);
            }
            service.CloseSession(new TCloseSessionReq(session));
        } catch (TException | GeneralSecurityException | RuntimeException cold) {
            // Clients are served all the same; what is wrong is theirs to be told.
        }
        super.start();
    }

    /** Asks all queries so many times more, each when no client is asking; their answers are not kept. */
    void goOn(int rounds) {
        Answers.findingAnew(() -> {
            try {
                TSessionHandle session = open();
                for (int round = 1; round <= rounds; round++) {
                    for (String query : queries) {
                        while (!Statements.isQuiet()) {
                            Thread.sleep(LOOKS_MILLISECONDS);
                        }
                        ask(session, query.replace(NUMBER, "-" + round));
                    }
                }
                service.CloseSession(new TCloseSessionReq(session));
            } catch (TException | RuntimeException cold) {
                // As warm as it is.
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private TSessionHandle open() throws TException {
        TOpenSessionReq request = new TOpenSessionReq(TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V6);
        request.setUsername(USER);
        return service.OpenSession(request).getSessionHandle();
    }

    private void ask(TSessionHandle session, String query) throws TException {
        TOperationHandle operation =
                service.ExecuteStatement(new TExecuteStatementReq(session, query)).getOperationHandle();
        // None where a table is gone that the query names.
        if (operation != null) {
            service.GetResultSetMetadata(new TGetResultSetMetadataReq(operation));
            service.FetchResults(new TFetchResultsReq(operation, TFetchOrientation.FETCH_NEXT, ROWS));
            service.CloseOperation(new TCloseOperationReq(operation));
        }
    }
}
