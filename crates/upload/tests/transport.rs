//! What comes of connections that fail.

mod common;

use certflight_upload::{Error, Outcome};
use common::{Port, client, request, send};
use std::io::Read;

#[test]
fn a_refused_connection_sends_nothing() {
    // A port that was free a moment ago and that nobody listens on.
    let address = Port::new().address();
    let error = send(&client(&format!("http://{address}")), request()).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotTaken);
}

#[test]
fn a_connection_that_ends_within_the_request_leaves_the_fate_unknown() {
    let port = Port::new();
    // The header arrives, the body is left unread: the system resets the connection.
    let server = port.accept_one(|mut stream| stream.read_exact(&mut [0; 16]).unwrap());
    let error = send(&client(&format!("http://{}", port.address())), request()).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    server.join().unwrap();
}

#[test]
fn errors_do_not_show_the_address() {
    let address = Port::new().address();
    let error = send(&client(&format!("http://{address}/prefix")), request()).unwrap_err();
    assert!(!error.to_string().contains("prefix") && !format!("{error:?}").contains("client-cert"), "{error:?}");
}
