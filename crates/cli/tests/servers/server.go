// A TLS server that answers every request with 200. Its arguments are the certificate, its key, what it trusts, what it does about client
// certificates, and the versions that it speaks; the port goes out.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	cert, key, trust, auth, versions := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	pair, err := tls.LoadX509KeyPair(cert, key)
	check(err)
	text, err := os.ReadFile(trust)
	check(err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		panic("no certificate in " + trust)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, NextProtos: []string{"http/1.1"}}
	config.ClientAuth = map[string]tls.ClientAuthType{
		"none":       tls.NoClientCert,
		"unverified": tls.RequireAnyClientCert,
		"optional":   tls.VerifyClientCertIfGiven,
		"required":   tls.RequireAndVerifyClientCert,
	}[auth]
	config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS13
	switch versions {
	case "1.2":
		config.MaxVersion = tls.VersionTLS12
	case "1.3":
		config.MinVersion = tls.VersionTLS13
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	answer := http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {})
	check(http.Serve(tls.NewListener(listener, config), answer))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
