package lakehouse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import javax.security.sasl.AuthenticationException;
import org.apache.hive.service.auth.PasswdAuthenticationProvider;

/**
 * Logins of the BI endpoint by a file of salted hashes, which lake/bi_users.py writes: a line
 * {@code name:pbkdf2-sha256:iterations:salt:hash} a user. It is read at each login, so that changes count at once.
 */
public final class PasswordFile implements PasswdAuthenticationProvider {

    private static final String METHOD = "pbkdf2-sha256";
    private static final int LONGEST_PASSWORD = 1024;
    // Of nobody: an unknown name takes as long as a known one.
    private static final String NOBODY = METHOD + ":600000:AAAAAAAAAAAAAAAAAAAAAA==:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    private static final byte[] KEY = new SecureRandom().generateSeed(32);
    // Clients open many connections: a password that was found right once is recognised by a hash of this process's own.
    private static final Map<String, byte[]> RIGHT = new ConcurrentHashMap<>();

    private static volatile Path file;

    static void use(Path path) {
        file = path;
    }

    /** A login of nobody's: the first of a process takes about twice as long as those after it. */
    static void warmUp() throws GeneralSecurityException {
        isHash(NOBODY, "");
    }

    @Override
    public void Authenticate(String user, String password) throws AuthenticationException {
        if (user == null || password == null || password.length() > LONGEST_PASSWORD || !isRight(user, password)) {
            throw new AuthenticationException("wrong user or password");
        }
    }

    private static boolean isRight(String user, String password) throws AuthenticationException {
        try {
            String entry = entry(user);
            byte[] seen = seen(user, entry, password);
            return entry != null && isKnown(user, seen) || isFound(user, entry, password, seen);
        } catch (IOException | GeneralSecurityException | RuntimeException error) {
            throw new AuthenticationException("the file of users cannot be read");
        }
    }

    private static boolean isKnown(String user, byte[] seen) {
        byte[] known = RIGHT.get(user);
        return known != null && MessageDigest.isEqual(known, seen);
    }

    /** Of one login at a time: guessing must not take both cores, and of many at once by one password the first finds it right. */
    private static synchronized boolean isFound(String user, String entry, String password, byte[] seen)
            throws GeneralSecurityException {
        if (entry == null) {
            isHash(NOBODY, password);
            return false;
        }
        if (isKnown(user, seen)) {
            return true;
        }
        boolean isRight = isHash(entry, password);
        if (isRight) {
            RIGHT.put(user, seen);
        }
        return isRight;
    }

    private static String entry(String user) throws IOException {
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            int end = line.indexOf(':');
            if (end > 0 && line.substring(0, end).equals(user)) {
                return line.substring(end + 1);
            }
        }
        return null;
    }

    private static boolean isHash(String entry, String password) throws GeneralSecurityException {
        String[] parts = entry.split(":");
        if (parts.length != 4 || !parts[0].equals(METHOD)) {
            return false;
        }
        byte[] wanted = Base64.getDecoder().decode(parts[3]);
        PBEKeySpec given = new PBEKeySpec(password.toCharArray(), Base64.getDecoder().decode(parts[2]),
                Integer.parseInt(parts[1]), wanted.length * 8);
        byte[] made = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(given).getEncoded();
        return MessageDigest.isEqual(wanted, made);
    }

    private static byte[] seen(String user, String entry, String password) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        return mac.doFinal((user + "\0" + entry + "\0" + password).getBytes(StandardCharsets.UTF_8));
    }
}
