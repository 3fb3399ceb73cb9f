//! `certflight probe` beside real TLS servers on loopback: what each does on the wire, whether it agrees with the validation, and why not;
//! the page docs/probe-servers.md has every row. curl is asked the same. `CERTFLIGHT_BLESS=1` writes the page anew.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]
#![cfg_attr(not(unix), allow(dead_code, reason = "the server programs run on Unix alone"))]

#[path = "servers/case.rs"]
mod case;
#[path = "servers/curl.rs"]
mod curl;
#[cfg(unix)]
#[path = "servers/gnutls.rs"]
mod gnutls;
#[cfg(unix)]
#[path = "servers/go.rs"]
mod go;
#[path = "servers/identity.rs"]
mod identity;
#[cfg(unix)]
#[path = "servers/java.rs"]
mod java;
#[cfg(unix)]
#[path = "servers/nginx.rs"]
mod nginx;
#[cfg(unix)]
#[path = "servers/openssl.rs"]
mod openssl;
#[path = "servers/probe.rs"]
mod probe;
#[path = "servers/process.rs"]
mod process;
#[path = "servers/reasons.rs"]
mod reasons;
#[path = "servers/rustls.rs"]
mod rustls_server;
#[path = "servers/server.rs"]
mod server;
mod support;
#[path = "servers/table.rs"]
mod table;

#[test]
fn rustls_does_what_the_page_says() {
    table::hold(&rustls_server::PROGRAM, rustls_server::start);
}

#[cfg(unix)]
#[test]
fn openssl_does_what_the_page_says() {
    table::hold(&openssl::PROGRAM, openssl::start);
}

#[cfg(unix)]
#[test]
fn nginx_does_what_the_page_says() {
    table::hold(&nginx::PROGRAM, nginx::start);
}

#[cfg(unix)]
#[test]
fn gnutls_does_what_the_page_says() {
    table::hold(&gnutls::PROGRAM, gnutls::start);
}

#[cfg(unix)]
#[test]
fn go_does_what_the_page_says() {
    let mut binary = None;
    table::hold(&go::PROGRAM, |setting| {
        let binary: &String = binary.get_or_insert_with(|| go::build(setting.folder));
        go::start(binary, setting)
    });
}

#[cfg(unix)]
#[test]
fn java_does_what_the_page_says() {
    let mut machine = None;
    table::hold(&java::PROGRAM, |setting| {
        let machine = machine.get_or_insert_with(|| java::Machine::start(setting.folder));
        machine.listen(setting)
    });
}
