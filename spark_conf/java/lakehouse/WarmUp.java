package lakehouse;

import java.security.GeneralSecurityException;
import java.util.List;
import org.apache.hive.service.AbstractService;
import org.apache.hive.service.cli.thrift.ThriftBinaryCLIService;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.thrift.TException;

/**
 * Asks as a client would before the first one can: a service that starts after the sessions and before the port is opened,
 * so that Java has read, and in part compiled, what a connection and its queries go through, the guard included.
 */
final class WarmUp extends AbstractService {

    private static final int ROWS = 100;

    private final ThriftBinaryCLIService service;
    private final List<String> queries;

    WarmUp(ThriftBinaryCLIService service, List<String> queries) {
        super("lakehouse-warm-up");
        this.service = service;
        this.queries = queries;
    }

    @Override
    public synchronized void start() {
        try {
            PasswordFile.warmUp();
            connectAndAsk();
        } catch (TException | GeneralSecurityException | RuntimeException cold) {
            // Clients are served all the same; what is wrong is theirs to be told.
        }
        super.start();
    }

    private void connectAndAsk() throws TException {
        TOpenSessionReq open = new TOpenSessionReq(TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V6);
        open.setUsername(getName());
        TSessionHandle session = service.OpenSession(open).getSessionHandle();
        for (String query : queries) {
            TOperationHandle operation =
                    service.ExecuteStatement(new TExecuteStatementReq(session, query)).getOperationHandle();
            // None where a table is gone that the query names.
            if (operation != null) {
                service.GetResultSetMetadata(new TGetResultSetMetadataReq(operation));
                service.FetchResults(new TFetchResultsReq(operation, TFetchOrientation.FETCH_NEXT, ROWS));
                service.CloseOperation(new TCloseOperationReq(operation));
            }
        }
        service.CloseSession(new TCloseSessionReq(session));
    }
}
