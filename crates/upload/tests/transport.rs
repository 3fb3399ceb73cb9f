//! What comes of connections that fail.

mod common;

use certflight_upload::{Client, Event, Outcome, Token};
use common::{Closed, Port, TOKEN, client, is_unreachable, request, send, wait};
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn a_refused_connection_sends_nothing() {
    let closed = Closed::new();
    let address = closed.address();
    let error = send(&client(&format!("http://{address}")), request()).unwrap_err();
    assert!(is_unreachable(&error), "{error:?}");
    assert_eq!((error.outcome(), error.tries), (Outcome::NotTaken, 4));
}

/// The wait for the answer ends, whichever step it strikes in, with the fate unknown: that time is up never says that nothing was sent.
#[test]
fn an_answer_that_never_comes_leaves_the_fate_unknown() {
    let port = Port::new();
    // Reads until the client gives up.
    let server = port.accept_one(|mut stream| stream.read_to_end(&mut Vec::new()).map(drop));
    let url = format!("http://{}", port.address());
    let builder = Client::builder(&url, Token::new(TOKEN.into()).unwrap()).timeout(Duration::from_millis(200));
    let error = send(&builder.build().unwrap(), request()).unwrap_err();
    assert_eq!((error.outcome(), error.tries), (Outcome::Unknown, 1), "{error}");
    let _ = server.join().unwrap(); // ends with the connection, cleanly or not
}

/// TLS is never answered, so nothing of the body is handed over, however the time runs out.
#[test]
fn who_watches_is_told_when_the_body_goes_out() {
    let told = |url: &str, timeout: u64, ask: &dyn Fn(&Client) -> bool| {
        let steps = Arc::new(Mutex::new(Vec::new()));
        let observer = {
            let steps = Arc::clone(&steps);
            move |event: &Event<'_>| {
                let name = format!("{event:?}");
                steps.lock().unwrap().push(name.split([' ', '{']).next().unwrap().to_owned());
            }
        };
        let builder =
            Client::builder(url, Token::new(TOKEN.into()).unwrap()).timeout(Duration::from_millis(timeout)).observer(observer);
        let roots = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/data/ok__p256-pkcs8/ca.pem")).unwrap();
        let is_ok = ask(&builder.root_certificates(roots).build().unwrap());
        (is_ok, steps.lock().unwrap().clone())
    };
    let silent = Port::new();
    let (is_ok, steps) = told(&format!("https://{}", silent.address()), 200, &|client| send(client, request()).is_ok());
    let tries = ["Request", "Waiting"].repeat(3);
    assert_eq!(
        (is_ok, steps),
        (false, [tries.iter().map(|step| (*step).to_owned()).collect(), vec!["Request".to_owned()]].concat())
    );

    let port = Port::new();
    let serving = port.serve_one(common::answer(200, common::YES));
    let url = format!("http://{}", port.address());
    assert_eq!(
        told(&url, 60_000, &|client| send(client, request()).is_ok()),
        (true, ["Request", "Sent", "Answer"].map(str::to_owned).into())
    );
    serving.join().unwrap();
    let serving = port.serve_one(common::answer(200, r#"{"clientCerts":[]}"#));
    let list = |client: &Client| wait(client.list(&common::target())).is_ok();
    assert_eq!(told(&url, 60_000, &list), (true, ["Request", "Answer"].map(str::to_owned).into()));
    serving.join().unwrap();
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
    let closed = Closed::new();
    let address = closed.address();
    let error = send(&client(&format!("http://{address}/prefix")), request()).unwrap_err();
    assert!(!error.to_string().contains("prefix") && !format!("{error:?}").contains("client-cert"), "{error:?}");
}
