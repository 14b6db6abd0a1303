package lakehouse;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hive.service.cli.CLIService;
import org.apache.hive.service.cli.HiveSQLException;
import org.apache.hive.service.cli.OperationHandle;
import org.apache.hive.service.cli.OperationState;
import org.apache.hive.service.cli.thrift.ThriftBinaryCLIService;
import org.apache.hive.service.rpc.thrift.*;
import org.apache.thrift.TException;

/**
 * Spark's Thrift service as strangers may have it: no settings in a connection string, metadata of `published` alone, limits
 * that are told, errors of one line.
 */
final class BiService extends ThriftBinaryCLIService {

    private static final String USE = "use:database";
    // What Hive's JDBC driver sends by itself.
    private static final Set<String> SENT_BY_DRIVERS = Set.of("set:hiveconf:hive.server2.thrift.resultset.default.fetch.size");
    private static final Set<TOperationState> UNDER_WAY =
            Set.of(TOperationState.INITIALIZED_STATE, TOperationState.PENDING_STATE, TOperationState.RUNNING_STATE);
    private static final String NO_SCHEMA = "no schema of that name";
    private static final int MOST_ROWS_AT_ONCE = 10_000;

    BiService(CLIService cli) {
        super(cli);
    }

    @Override
    public TOpenSessionResp OpenSession(TOpenSessionReq request) throws TException {
        Map<String, String> given = request.isSetConfiguration() ? request.getConfiguration() : Map.of();
        for (Map.Entry<String, String> setting : given.entrySet()) {
            String name = setting.getKey();
            String database = setting.getValue() == null ? "" : setting.getValue().toLowerCase(Locale.ROOT);
            boolean isHarmless = SENT_BY_DRIVERS.contains(name)
                    || name.equals(USE) && Set.of("", "default", Guard.SCHEMA).contains(database);
            if (!isHarmless) {
                TOpenSessionResp refused = new TOpenSessionResp();
                refused.setServerProtocolVersion(CLIService.SERVER_VERSION);
                refused.setStatus(error(name.equals(USE) ? "the schema " + database + " is not shown here: only "
                        + Guard.SCHEMA + " is" : "settings in the connection string are not allowed: " + name));
                return refused;
            }
        }
        request.setConfiguration(new HashMap<>(Map.of(USE, Guard.SCHEMA)));
        TOpenSessionResp answer = super.OpenSession(request);
        plain(answer.getStatus());
        return answer;
    }

    @Override
    public TExecuteStatementResp ExecuteStatement(TExecuteStatementReq request) throws TException {
        if (request.isSetConfOverlay() && !request.getConfOverlay().isEmpty()) {
            TExecuteStatementResp refused = new TExecuteStatementResp();
            refused.setStatus(error("settings with a statement are not allowed: "
                    + String.join(", ", request.getConfOverlay().keySet())));
            return refused;
        }
        TExecuteStatementResp answer = super.ExecuteStatement(request);
        plain(answer.getStatus());
        if (answer.isSetOperationHandle() && !request.isRunAsync()) {
            String ended = endedBy(answer.getOperationHandle());
            if (ended != null) {
                answer.unsetOperationHandle();
                answer.setStatus(error(ended));
            }
        }
        return answer;
    }

    @Override
    public TGetOperationStatusResp GetOperationStatus(TGetOperationStatusReq request) throws TException {
        TGetOperationStatusResp answer = super.GetOperationStatus(request);
        plain(answer.getStatus());
        // Hive lets who asks for a statement that is under way wait some seconds for its end; once is enough.
        boolean hasEnded = answer.isSetOperationState() && !UNDER_WAY.contains(answer.getOperationState());
        String ended = hasEnded ? endedBy(request.getOperationHandle()) : null;
        if (ended != null) {
            answer.setOperationState(TOperationState.ERROR_STATE);
            answer.setErrorMessage(ended);
        } else if (answer.isSetErrorMessage()) {
            answer.setErrorMessage(Said.line(answer.getErrorMessage()));
        }
        return answer;
    }

    @Override
    public TFetchResultsResp FetchResults(TFetchResultsReq request) throws TException {
        request.setMaxRows(Math.min(request.getMaxRows(), MOST_ROWS_AT_ONCE));
        TFetchResultsResp answer = super.FetchResults(request);
        plain(answer.getStatus());
        if (answer.getStatus().getStatusCode() == TStatusCode.ERROR_STATUS) {
            String ended = endedBy(request.getOperationHandle());
            if (ended != null) {
                answer.setStatus(error(ended));
            }
        } else if (answer.isSetResults() && isPastLimit(answer.getResults())) {
            answer.unsetResults();
            answer.setStatus(error(Limits.tooManyRows()));
        }
        return answer;
    }

    @Override
    public TGetSchemasResp GetSchemas(TGetSchemasReq request) throws TException {
        request.setSchemaName(shown(request.getSchemaName()));
        TGetSchemasResp answer = super.GetSchemas(request);
        plain(answer.getStatus());
        return answer;
    }

    @Override
    public TGetTablesResp GetTables(TGetTablesReq request) throws TException {
        request.setSchemaName(shown(request.getSchemaName()));
        TGetTablesResp answer = super.GetTables(request);
        plain(answer.getStatus());
        return answer;
    }

    @Override
    public TGetColumnsResp GetColumns(TGetColumnsReq request) throws TException {
        request.setSchemaName(shown(request.getSchemaName()));
        TGetColumnsResp answer = super.GetColumns(request);
        plain(answer.getStatus());
        return answer;
    }

    @Override
    public TGetFunctionsResp GetFunctions(TGetFunctionsReq request) throws TException {
        request.setSchemaName(shown(request.getSchemaName()));
        TGetFunctionsResp answer = super.GetFunctions(request);
        plain(answer.getStatus());
        return answer;
    }

    @Override
    public TGetPrimaryKeysResp GetPrimaryKeys(TGetPrimaryKeysReq request) {
        TGetPrimaryKeysResp answer = new TGetPrimaryKeysResp();
        answer.setStatus(error("tables here have no declared keys"));
        return answer;
    }

    @Override
    public TGetCrossReferenceResp GetCrossReference(TGetCrossReferenceReq request) {
        TGetCrossReferenceResp answer = new TGetCrossReferenceResp();
        answer.setStatus(error("tables here have no declared keys"));
        return answer;
    }

    @Override
    public TGetResultSetMetadataResp GetResultSetMetadata(TGetResultSetMetadataReq request) throws TException {
        TGetResultSetMetadataResp answer = super.GetResultSetMetadata(request);
        plain(answer.getStatus());
        return answer;
    }

    /** Why a statement was ended by the server, null where it was not. */
    private String endedBy(TOperationHandle handle) {
        try {
            OperationHandle operation = new OperationHandle(handle);
            OperationState state = cliService.getOperationStatus(operation).getState();
            return switch (state) {
                case TIMEDOUT -> Limits.tooLong();
                case CANCELED -> "the query was cancelled";
                default -> null;
            };
        } catch (HiveSQLException gone) {
            return null;
        }
    }

    /** The schema pattern of a client, cut down to what is shown. */
    private static String shown(String pattern) {
        if (pattern == null || pattern.isEmpty() || pattern.equals("*")) {
            return Guard.SCHEMA;
        }
        StringBuilder regex = new StringBuilder();
        String text = pattern.replace("\\_", "_").toLowerCase(Locale.ROOT);
        for (char each : text.toCharArray()) {
            regex.append(each == '%' || each == '*' ? ".*" : each == '_' ? "." : java.util.regex.Pattern.quote("" + each));
        }
        return Guard.SCHEMA.matches(regex.toString()) ? Guard.SCHEMA : NO_SCHEMA;
    }

    private static boolean isPastLimit(TRowSet rows) {
        long count = rows.getColumnsSize() > 0 ? size(rows.getColumns().get(0)) : rows.getRowsSize();
        return rows.getStartRowOffset() + count > Limits.rows();
    }

    private static int size(TColumn column) {
        return switch (column.getSetField()) {
            case BOOL_VAL -> column.getBoolVal().getValuesSize();
            case BYTE_VAL -> column.getByteVal().getValuesSize();
            case I16_VAL -> column.getI16Val().getValuesSize();
            case I32_VAL -> column.getI32Val().getValuesSize();
            case I64_VAL -> column.getI64Val().getValuesSize();
            case DOUBLE_VAL -> column.getDoubleVal().getValuesSize();
            case STRING_VAL -> column.getStringVal().getValuesSize();
            case BINARY_VAL -> column.getBinaryVal().getValuesSize();
        };
    }

    private static TStatus error(String message) {
        TStatus status = new TStatus(TStatusCode.ERROR_STATUS);
        status.setErrorMessage(message);
        status.setSqlState("42000");
        return status;
    }

    /** Without Java's stack, which tells a client nothing and others too much. */
    private static void plain(TStatus status) {
        if (status != null && status.getStatusCode() == TStatusCode.ERROR_STATUS) {
            status.unsetInfoMessages();
            status.setErrorMessage(Said.line(status.getErrorMessage()));
        }
    }
}
