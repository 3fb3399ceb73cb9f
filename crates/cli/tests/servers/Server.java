// A TLS server that answers every request with 200. Each line of its input asks for one more listener and says how it is set up, as fields
// `name=value` between tabs; the port goes out. It ends with its input.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

final class Server {
    static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    public static void main(String[] args) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            var fields = new HashMap<String, String>();
            for (String field : line.split("\t")) {
                fields.put(field.substring(0, field.indexOf('=')), field.substring(field.indexOf('=') + 1));
            }
            System.out.println("port " + listen(fields));
        }
        System.exit(0);
    }

    static int listen(Map<String, String> fields) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(keys(fields).getKeyManagers(), trust(fields), null);
        var listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        listener.setEnabledProtocols(fields.get("versions").split(","));
        String auth = fields.get("auth");
        listener.setWantClientAuth(auth.equals("optional"));
        if (auth.equals("required") || auth.equals("unverified")) {
            listener.setNeedClientAuth(true);
        }
        daemon(() -> {
            while (true) {
                var socket = (SSLSocket) listener.accept();
                daemon(() -> serve(socket, auth.equals("after-request")));
            }
        });
        return listener.getLocalPort();
    }

    static Void serve(SSLSocket socket, boolean asksLater) throws Exception {
        try (socket) {
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"http/1.1"});
            socket.setSSLParameters(parameters);
            var request = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            for (String line = request.readLine(); line != null && !line.isEmpty(); line = request.readLine()) {
            }
            if (asksLater) {
                var renegotiated = new CompletableFuture<Void>();
                socket.addHandshakeCompletedListener(event -> renegotiated.complete(null));
                socket.setNeedClientAuth(true);
                socket.startHandshake();
                // Renegotiation goes on while something is read, which nothing but its failure ends.
                daemon(() -> {
                    try {
                        request.read();
                    } catch (Exception failure) {
                        renegotiated.completeExceptionally(failure);
                    }
                    return null;
                });
                // TLS 1.3 has no renegotiation, so that no certificate comes.
                if (!socket.getSession().getProtocol().equals("TLSv1.3")) {
                    renegotiated.get();
                }
                socket.getSession().getPeerCertificates();
            }
            socket.getOutputStream().write(ANSWER.getBytes());
            socket.getOutputStream().flush();
        }
        return null;
    }

    static KeyManagerFactory keys(Map<String, String> fields) throws Exception {
        String body = Files.readString(Path.of(fields.get("key"))).replaceAll("-----[^-]+-----|\\s", "");
        var key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
        var chain = certificates(fields.get("cert"));
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", key, new char[0], chain);
        var factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        return factory;
    }

    static TrustManager[] trust(Map<String, String> fields) throws Exception {
        if (fields.get("auth").equals("unverified")) {
            return new TrustManager[] {new Unverified()};
        }
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (Certificate certificate : certificates(fields.get("trust"))) {
            store.setCertificateEntry("ca" + number++, certificate);
        }
        var factory = TrustManagerFactory.getInstance("PKIX");
        if (!fields.containsKey("revocations")) {
            factory.init(store);
            return factory.getTrustManagers();
        }
        var parameters = new PKIXBuilderParameters(store, new X509CertSelector());
        try (InputStream file = new FileInputStream(fields.get("revocations"))) {
            var lists = CertificateFactory.getInstance("X.509").generateCRLs(file);
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        }
        factory.init(new CertPathTrustManagerParameters(parameters));
        return factory.getTrustManagers();
    }

    static Certificate[] certificates(String path) throws Exception {
        try (InputStream file = new FileInputStream(path)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(file).toArray(new Certificate[0]);
        }
    }

    interface Work {
        Void run() throws Exception;
    }

    /// What fails in a connection, the client sees.
    static void daemon(Work work) {
        var thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception failure) {
                System.err.println(failure);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    static final class Unverified extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}
        public void checkServerTrusted(X509Certificate[] chain, String type) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
