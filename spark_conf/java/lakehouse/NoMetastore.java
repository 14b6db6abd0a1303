package lakehouse;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.api.Database;
import org.apache.hadoop.hive.ql.metadata.AuthorizationException;
import org.apache.hadoop.hive.ql.metadata.Partition;
import org.apache.hadoop.hive.ql.metadata.Table;
import org.apache.hadoop.hive.ql.security.authorization.HiveAuthorizationProviderBase;
import org.apache.hadoop.hive.ql.security.authorization.Privilege;

/**
 * Stands where Hive would start a metastore to ask who may list tables. There is none, and what can be listed is
 * `published` alone (BiService); whatever else Hive might ask for is denied.
 */
public final class NoMetastore extends HiveAuthorizationProviderBase {

    @Override
    public void init(Configuration conf) {}

    @Override
    public void authorize(Privilege[] read, Privilege[] write) throws AuthorizationException {
        throw denied();
    }

    @Override
    public void authorize(Database database, Privilege[] read, Privilege[] write) throws AuthorizationException {
        throw denied();
    }

    @Override
    public void authorize(Table table, Privilege[] read, Privilege[] write) throws AuthorizationException {
        throw denied();
    }

    @Override
    public void authorize(Partition partition, Privilege[] read, Privilege[] write) throws AuthorizationException {
        throw denied();
    }

    @Override
    public void authorize(Table table, Partition partition, List<String> columns, Privilege[] read, Privilege[] write)
            throws AuthorizationException {
        throw denied();
    }

    private static AuthorizationException denied() {
        return new AuthorizationException("not allowed here");
    }
}
