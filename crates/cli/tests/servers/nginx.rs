//! nginx, as one process in the foreground, with everything it writes in the row's folder.

use super::case::{Auth, Limit, Versions};
use super::process::Process;
use super::server::{Listening, Program, Setting, Start, text, words};
use std::fs;

pub(crate) const PROGRAM: Program =
    Program { name: "nginx", series: "1.22", version: Some(("nginx", &["-V"], &["nginx/1.22.", "OpenSSL 3.0."])) };

pub(crate) fn start(setting: &Setting<'_>) -> Start {
    let verify = match setting.auth {
        Auth::None => "off",
        Auth::Unverified => "optional_no_ca",
        Auth::Optional => "optional",
        Auth::Required => "on",
        Auth::AfterRequest => return Start::CannotBeConfigured("it asks in the handshake or never"),
    };
    let versions = match setting.versions {
        Versions::Both => "TLSv1.2 TLSv1.3",
        Versions::Only13 => "TLSv1.3",
        Versions::Only12 => "TLSv1.2",
    };
    let limit = match setting.limit {
        Limit::None => String::new(),
        // The default, said aloud.
        Limit::Depth => "ssl_verify_depth 1;".to_owned(),
        Limit::Schemes => "ssl_conf_command ClientSignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256;".to_owned(),
        Limit::Revocations => format!("ssl_crl \"{}\";", text(setting.revocations.unwrap())),
    };
    let ready = |line: &str| line.contains(" using the \"") && line.ends_with("\" event method");
    let command = |port: u16| {
        let config = setting.folder.join("nginx.conf");
        let (cert, key) = (text(&setting.identity.cert), text(&setting.identity.key));
        let (trust, folder) = (text(setting.trust), text(setting.folder));
        let content = format!(
            r#"daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate "{cert}";
        ssl_certificate_key "{key}";
        ssl_client_certificate "{trust}";
        ssl_verify_client {verify};
        ssl_protocols {versions};
        {limit}
        location / {{ return 200 ""; }}
    }}
}}
"#
        );
        fs::write(&config, content).unwrap();
        words(["nginx", "-p", folder, "-c", text(&config), "-e", "stderr"])
    };
    let (process, port) = Process::on_free_port(setting.folder, ready, command).unwrap_or_else(|log| panic!("{log}"));
    Start::Listening(Listening::new(port, process))
}
