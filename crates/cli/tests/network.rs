//! Proxies, private roots, and what becomes of an upload that is interrupted or killed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use std::path::Path;
use std::process::Command;
use support::net::{self, Peer, Tls, proxy};
use support::{Ended, TOKEN, command, inputs};

const TAKEN: &str = r#"{"updated": true, "origin": "https://api.example.com", "certId": "cert_1"}"#;

fn upload(url: &str, args: &[&str]) -> Command {
    let mut command = command();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.env("VERCEL_TOKEN", TOKEN).args(["upload", "--project", "demo", "--api-url", url]).args(args);
    command.args(inputs(&certflight_fixtures::named("ok__p256-pkcs8")));
    command
}

fn write(folder: &Path, name: &str, text: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_private_root_is_trusted_in_any_form_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let tls = Tls::new("127.0.0.1", 2049);
    let root = tls.root_pem.clone();
    let server = tls.serve(TAKEN);
    let url = format!("https://127.0.0.1:{}", server.port);
    let der = pem_to_der(&root);
    for (name, content) in [
        ("root.pem", root.as_bytes()),
        ("root.der", &der),
        ("crlf.pem", root.replace('\n', "\r\n").as_bytes()),
        ("several.pem", format!("{}{root}", Tls::new("a", 2049).root_pem).as_bytes()),
    ] {
        let ended = Ended::of(upload(&url, &["--api-ca", &write(folder.path(), name, content)]).output().unwrap());
        assert_eq!(ended.code, 0, "{name}: {}", ended.err);
    }
    let ended = Ended::of(upload(&url, &["--api-ca", "env:API_CA"]).env("API_CA", &root).output().unwrap());
    assert_eq!((ended.code, server.uploads()), (0, 5), "{}", ended.err);
    // The platform's roots play no part then.
    let others = write(folder.path(), "others.pem", Tls::new("b", 2049).root_pem.as_bytes());
    let ended =
        Ended::of(upload(&url, &["--api-ca", &others]).env("SSL_CERT_FILE", folder.path().join("root.pem")).output().unwrap());
    assert_eq!((ended.code, server.uploads()), (4, 5), "{}", ended.err);
    for (name, content) in [("empty.pem", ""), ("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")] {
        let ended = Ended::of(upload(&url, &["--api-ca", &write(folder.path(), name, content.as_bytes())]).output().unwrap());
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("--api-ca") && ended.err.contains("no certificate can be read there"), "{}", ended.err);
    }
    assert_eq!(Ended::of(upload(&url, &["--api-ca", "no-such-file.pem"]).output().unwrap()).code, 2);
}

fn pem_to_der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

/// The proxy is asked for the tunnel and sees no more.
#[test]
fn a_proxy_is_used_unless_it_is_not_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let tls = Tls::new("api.example.com", 2049);
    let root = write(folder.path(), "root.pem", tls.root_pem.as_bytes());
    let server = tls.serve(TAKEN);
    let (proxy, asked) = proxy(server.port);
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let mut command = upload("https://api.example.com", &["--api-ca", &root]);
        let ended = Ended::of(command.env(name, proxy.url()).output().unwrap());
        assert_eq!(ended.code, 0, "{}", ended.err);
    }
    assert_eq!(server.uploads(), 2);
    let connect = "CONNECT api.example.com:443 HTTP/1.1".to_owned();
    assert_eq!(*asked.lock().unwrap(), [connect.clone(), connect]);

    // A label of 64 characters is no name of a host, so that nobody is asked for its address where the proxy is not.
    let name = format!("{}.example", "a".repeat(64));
    for (no_proxy, is_asked) in
        [("", true), ("example.com,other.example", true), (name.as_str(), false), (".example", false), ("*", false)]
    {
        asked.lock().unwrap().clear();
        let mut command = upload(&format!("https://{name}"), &["--api-ca", &root]);
        let ended = Ended::of(command.envs([("HTTPS_PROXY", proxy.url().as_str()), ("NO_PROXY", no_proxy)]).output().unwrap());
        assert_eq!(ended.code, 4, "{}", ended.err);
        assert_eq!(asked.lock().unwrap().is_empty(), !is_asked, "{no_proxy}: {}", ended.err);
    }
    assert_eq!(server.uploads(), 2);
}

/// Passing it over would go to the API directly, which a company may not want.
#[test]
fn a_proxy_that_cannot_be_used_is_said() {
    for (name, value) in
        [("HTTPS_PROXY", "http://me:hunter2@[bad"), ("https_proxy", "garbage with hunter2"), ("ALL_PROXY", "ftp://hunter2:1")]
    {
        let ended = Ended::of(upload("https://api.example.com", &[]).env(name, value).output().unwrap());
        assert_eq!(ended.code, 2);
        assert!(
            ended.err.contains(&format!("the variable {name} names no proxy")) && !ended.err.contains("hunter2"),
            "{}",
            ended.err
        );
    }
}

#[test]
fn the_password_of_a_proxy_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let root = write(folder.path(), "root.pem", Tls::new("a", 2049).root_pem.as_bytes());
    let heads = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let told = std::sync::Arc::clone(&heads);
    let refusing = Peer::start(move |mut stream, _| {
        told.lock().unwrap().push_str(&net::read_head(&mut stream));
        net::send(&mut stream, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    });
    let forbidding = Peer::start(|mut stream, _| {
        net::read_head(&mut stream);
        net::send(&mut stream, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    let absent = net::Closed::new();
    for (port, words) in [
        (refusing.port, "proxy authorization required"),
        (forbidding.port, "the proxy opened no tunnel"),
        (absent.port, "the API could not be reached"),
    ] {
        let mut command = upload("https://api.example.com", &["--api-ca", &root, "--debug"]);
        let ended = Ended::of(command.env("HTTPS_PROXY", format!("http://me:hunter2@127.0.0.1:{port}")).output().unwrap());
        assert_eq!(ended.code, 4, "{}", ended.err);
        assert!(ended.err.contains(words) && !ended.err.contains("hunter2"), "{}", ended.err);
        assert!(!ended.err.contains("bWU6aHVudGVyMg"), "{}", ended.err);
    }
    // It does arrive: base64 of me:hunter2.
    assert!(heads.lock().unwrap().to_ascii_lowercase().contains("proxy-authorization: basic bwu6ahvudgvymg=="));
}

/// Signals are Unix's; on Windows Ctrl-C is an event of the console, which a test cannot send to one process alone.
#[cfg(unix)]
mod interrupted {
    use super::*;
    use std::process::Stdio;
    use std::sync::mpsc::{Receiver, channel};

    /// A server that says when it has come to a point, and goes on holding the connection.
    fn at(reach: impl Fn(&mut std::net::TcpStream) + Send + Sync + 'static) -> (Peer, Receiver<()>) {
        let (tell, told) = channel();
        let peer = Peer::start(move |mut stream, _| {
            reach(&mut stream);
            let _ = tell.send(());
            net::hold(stream);
        });
        (peer, told)
    }

    /// Waits until the server has come to its point; a command that ends before it fails the test.
    fn reached(told: &Receiver<()>) {
        told.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
    }

    /// Starts an upload, sends it a signal when the server has come to its point, and gives how it ended.
    fn upload_until(url: &str, args: &[&str], told: &Receiver<()>, signal: &str) -> std::process::Output {
        let child = upload(url, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        reached(told);
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        child.wait_with_output().unwrap()
    }

    fn in_handshake() -> (Peer, Receiver<()>, tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let root = write(folder.path(), "root.pem", Tls::new("a", 2049).root_pem.as_bytes());
        let (peer, told) = at(|stream| std::io::Read::read_exact(stream, &mut [0; 5]).unwrap());
        (peer, told, folder, root)
    }

    fn after_body() -> (Peer, Receiver<()>) {
        at(|stream| {
            net::read_head(stream);
            net::read_body(stream);
        })
    }

    #[test]
    fn it_is_said_whether_anything_was_sent() {
        for signal in ["INT", "TERM"] {
            let (peer, told, _folder, root) = in_handshake();
            let url = format!("https://127.0.0.1:{}", peer.port);
            let ended = Ended::of(upload_until(&url, &["--api-ca", &root], &told, signal));
            assert_eq!(ended.code, 4, "{}", ended.err);
            assert!(ended.err.ends_with("certflight: interrupted: nothing was uploaded\n"), "{}", ended.err);
            let (peer, told) = after_body();
            let ended = Ended::of(upload_until(&peer.url(), &["--format", "json"], &told, signal));
            assert_eq!((ended.code, &ended.json()["upload"]["sent"]), (5, &true.into()), "{}", ended.err);
            assert!(ended.err.contains("whether the certificate was taken is not known"), "{}", ended.err);
        }
        // The list that comes first changes nothing.
        let (peer, told) = at(|stream| drop(net::read_head(stream)));
        let ended = Ended::of(upload_until(&peer.url(), &["--expect-new"], &told, "INT"));
        assert_eq!(ended.code, 4, "{}", ended.err);
        assert!(ended.err.ends_with("certflight: interrupted: nothing was uploaded\n"), "{}", ended.err);
    }

    /// Interrupts a command in its last wait, and gives its exit code and what it said.
    fn interrupted_in_wait(mut command: Command, last: usize) -> (Option<i32>, String) {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        while text.matches("trying again in").count() < last {
            assert_ne!(std::io::BufRead::read_line(&mut said, &mut text).unwrap(), 0, "{text}");
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        std::io::Read::read_to_string(&mut said, &mut text).unwrap();
        (child.wait().unwrap().code(), text)
    }

    /// A refusal ends what was under way: the wait for the next try is no unknown fate.
    #[test]
    fn between_two_tries_nothing_is_under_way() {
        let peer = Peer::answering(vec![net::answer_with("503 Busy", "Retry-After: 30", "")]);
        let (code, text) = interrupted_in_wait(upload(&peer.url(), &[]), 1);
        assert_eq!(code, Some(4), "{text}");
        assert!(text.ends_with("certflight: interrupted: nothing was uploaded\n"), "{text}");
    }

    /// A deletion has no body that could be watched, but a connection that failed is known to have failed.
    #[test]
    fn a_deletion_that_waits_for_the_next_try_has_sent_nothing() {
        let closed = net::Closed::new();
        let mut command = command();
        let url = format!("http://127.0.0.1:{}", closed.port);
        command.env("VERCEL_TOKEN", TOKEN).args(["delete", "cert_1", "--yes", "--project", "demo", "--api-url", &url]);
        let (code, text) = interrupted_in_wait(command, 3);
        // Where the last try was faster than the signal, it has failed by itself.
        assert_eq!(code, Some(4), "{text}");
        assert!(text.contains("nothing was sent"), "{text}");
    }

    /// The status is none that HTTP has, so the fate is unknown; the list that follows changes nothing about that.
    #[test]
    fn an_answer_that_says_nothing_stays_unknown() {
        for status in ["999 X", "502 Bad Gateway", "200 OK"] {
            let (tell, told) = channel();
            let peer = Peer::start(move |mut stream, _| {
                if net::read_head(&mut stream).starts_with("POST ") {
                    net::read_body(&mut stream);
                    net::send(&mut stream, &net::answer(status, ""));
                } else {
                    tell.send(()).unwrap();
                    net::hold(stream);
                }
            });
            let ended = Ended::of(upload_until(&peer.url(), &[], &told, "INT"));
            assert_eq!(ended.code, 5, "{status}: {}", ended.err);
        }
    }

    #[test]
    fn a_deletion_and_a_list_say_it_too() {
        for (args, code, words) in [
            (&["delete", "cert_1", "--yes"][..], 5, "whether the certificate was deleted is not known"),
            (&["list"], 4, "interrupted, nothing was changed"),
        ] {
            let (peer, told) = at(|stream| drop(net::read_head(stream)));
            let mut command = command();
            command.env("VERCEL_TOKEN", TOKEN).args(args).args(["--project", "demo", "--api-url", &peer.url()]);
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            reached(&told);
            assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
            let ended = Ended::of(child.wait_with_output().unwrap());
            assert_eq!(ended.code, code, "{}", ended.err);
            assert!(ended.err.contains(words), "{}", ended.err);
        }
    }

    /// Killed in the handshake, after the body, and in the middle of the answer: no file is left, and the same command, run again, does the whole job.
    #[test]
    fn killed_it_leaves_nothing_and_the_same_command_goes_through() {
        type Reach = fn(&mut std::net::TcpStream);
        let reaches: [(bool, Reach); 3] = [
            (true, |stream| std::io::Read::read_exact(stream, &mut [0; 5]).unwrap()),
            (false, |stream| {
                net::read_head(stream);
                net::read_body(stream);
            }),
            (false, |stream| {
                net::read_head(stream);
                net::read_body(stream);
                net::send(stream, &net::answer("200 OK", TAKEN)[..150]);
            }),
        ];
        for (is_tls, reach) in reaches {
            let folder = tempfile::tempdir().unwrap();
            let roots = tempfile::tempdir().unwrap();
            let temporary = tempfile::tempdir().unwrap();
            let tls = Tls::new("127.0.0.1", 2049);
            let root = write(roots.path(), "root.pem", tls.root_pem.as_bytes());
            let (tell, told) = channel();
            let is_first = std::sync::atomic::AtomicBool::new(true);
            // The first connection comes to its point and no further; the others are served.
            let peer = Peer::start(move |mut stream, seen| {
                if is_first.swap(false, std::sync::atomic::Ordering::SeqCst) {
                    reach(&mut stream);
                    tell.send(()).unwrap();
                    net::hold(stream);
                } else if is_tls {
                    tls.take(stream, seen, TAKEN);
                } else {
                    net::take(&mut stream, seen, TAKEN);
                }
            });
            let url = format!("{}://127.0.0.1:{}", if is_tls { "https" } else { "http" }, peer.port);
            let receipt = folder.path().join("receipt.json").to_str().unwrap().to_owned();
            let run = || {
                let mut command = upload(&url, &["--receipt", &receipt, "--api-ca", &root]);
                command.current_dir(&folder).env("TMPDIR", temporary.path()).stdout(Stdio::null()).stderr(Stdio::piped());
                command.spawn().unwrap()
            };
            let files = |folder: &tempfile::TempDir| {
                std::fs::read_dir(folder.path())
                    .unwrap()
                    .map(|file| file.unwrap().file_name().into_string().unwrap())
                    .collect::<Vec<_>>()
            };
            let mut child = run();
            reached(&told);
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!((files(&folder), files(&temporary)), (vec![], vec![]));
            // What a kill within the writing of a receipt could leave, where files have names from the start.
            std::fs::write(folder.path().join(".receipt.json.certflight-part"), "half a rec").unwrap();
            for _ in 0..2 {
                let ended = Ended::of(run().wait_with_output().unwrap());
                assert_eq!(ended.code, 0, "{}", ended.err);
                assert_eq!((files(&folder), files(&temporary)), (vec!["receipt.json".to_owned()], vec![]));
            }
            assert_eq!(peer.uploads(), 2);
        }
    }
}
