//! The commonest failures, mended by someone who reads nothing but the output and pastes the commands that it gives.

#![cfg(unix)] // the commands are for a POSIX shell
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::{Ended, command};

fn check(folder: &Path, args: &[&str]) -> Ended {
    Ended::of(command().current_dir(folder).arg("check").args(args).output().unwrap())
}

/// The commands of a report, below the finding of this code.
fn commands(shown: &str, code: &str) -> Vec<String> {
    let from = shown.find(&format!("error[{code}]")).unwrap_or_else(|| panic!("no {code}: {shown}"));
    let finding = shown[from..].split("\n\n").next().unwrap();
    finding.lines().filter_map(|line| line.trim_start().strip_prefix("$ ")).map(str::to_owned).collect()
}

fn paste(folder: &Path, line: &str) -> Ended {
    let bin = Path::new(env!("CARGO_BIN_EXE_certflight")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = std::process::Command::new("sh");
    Ended::of(command.current_dir(folder).args(["-c", line]).env("PATH", path).stdin(Stdio::null()).output().unwrap())
}

/// .ci/run says when a tool is not there.
fn has(tool: &str) -> bool {
    paste(Path::new("/"), &format!("command -v {tool}")).code == 0
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

fn client(usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::new(["client.example.com".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "client.example.com");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    params
}

/// A root, an intermediate and a client certificate of it, with their keys.
struct Pki {
    root: CertificateParams,
    root_key: KeyPair,
    intermediate: CertificateParams,
    intermediate_key: KeyPair,
}

impl Pki {
    fn new() -> Self {
        let key = || KeyPair::generate().unwrap();
        let (root, intermediate) = (authority("Example Root CA"), authority("Example Issuing CA"));
        Pki { root, root_key: key(), intermediate, intermediate_key: key() }
    }

    fn root(&self) -> rcgen::Certificate {
        self.root.self_signed(&self.root_key).unwrap()
    }

    fn intermediate(&self) -> rcgen::Certificate {
        self.intermediate.signed_by(&self.intermediate_key, &Issuer::from_params(&self.root, &self.root_key)).unwrap()
    }

    fn issue(&self, params: &CertificateParams, key: &impl rcgen::PublicKeyData) -> String {
        params.signed_by(key, &Issuer::from_params(&self.intermediate, &self.intermediate_key)).unwrap().pem()
    }
}

fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

/// Among the keys in the folder is the right one, and the command that is given finds it.
#[test]
fn the_wrong_key() {
    let (folder, pki, key) = (tempfile::tempdir().unwrap(), Pki::new(), KeyPair::generate().unwrap());
    let folder = folder.path();
    write(folder, "client.pem", &(pki.issue(&client(ExtendedKeyUsagePurpose::ClientAuth), &key) + &pki.intermediate().pem()));
    write(folder, "ca.pem", &pki.root().pem());
    write(folder, "client.key", &KeyPair::generate().unwrap().serialize_pem());
    write(folder, "client-2026.key", &key.serialize_pem());
    let ended = check(folder, &["--cert", "client.pem", "--key", "client.key", "--ca", "ca.pem"]);
    assert_eq!(ended.code, 1);
    let [search] = &commands(&ended.out, "key-mismatch")[..] else { panic!("{}", ended.out) };
    let ended = paste(folder, search);
    assert_eq!(ended.code, 0, "{search}: {}", ended.out);
    assert!(ended.out.contains("client-2026.key, key 1 (lines 1-5): private key (P-256) -> key"), "{}", ended.out);
    let ended = check(folder, &["--cert", "client.pem", "--key", "client-2026.key", "--ca", "ca.pem"]);
    assert_eq!(ended.code, 0, "{}", ended.out);
}

/// The certificate says where its issuer is, and a server there has it.
#[test]
fn the_intermediate_is_missing_and_its_address_known() {
    if !has("curl") || !has("openssl") {
        return;
    }
    let (folder, pki, key) = (tempfile::tempdir().unwrap(), Pki::new(), KeyPair::generate().unwrap());
    let folder = folder.path();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}/issuing.crt", listener.local_addr().unwrap());
    let der = pki.intermediate().der().to_vec();
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", der.len()).unwrap();
        stream.write_all(&der).unwrap();
    });
    let mut params = client(ExtendedKeyUsagePurpose::ClientAuth);
    // AuthorityInfoAccess: one description, caIssuers, a URI (RFC 5280 section 4.2.2.1).
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat();
    let method = tlv(0x06, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let description = tlv(0x30, &[method, tlv(0x86, address.as_bytes())].concat());
    params.custom_extensions.push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &description)));
    write(folder, "client.pem", &pki.issue(&params, &key));
    write(folder, "client.key", &key.serialize_pem());
    write(folder, "ca.pem", &pki.root().pem());
    let inputs = ["--cert", "client.pem", "--key", "client.key", "--ca", "ca.pem"];
    let ended = check(folder, &inputs);
    assert_eq!(ended.code, 1);
    let [fetch] = &commands(&ended.out, "chain-missing-issuer")[..] else { panic!("{}", ended.out) };
    let fetched = paste(folder, fetch);
    assert_eq!(fetched.code, 0, "{fetch}: {}{}", fetched.out, fetched.err);
    let ended = check(folder, &inputs);
    assert_eq!(ended.code, 0, "{}", ended.out);
}

/// The certificate does not say, and the file that was forgotten lies beside it.
#[test]
fn the_intermediate_is_missing_and_in_the_folder() {
    let (folder, pki, key) = (tempfile::tempdir().unwrap(), Pki::new(), KeyPair::generate().unwrap());
    let folder = folder.path();
    write(folder, "client.pem", &pki.issue(&client(ExtendedKeyUsagePurpose::ClientAuth), &key));
    write(folder, "client.key", &key.serialize_pem());
    write(folder, "ca.pem", &pki.root().pem());
    write(folder, "issuing-ca.crt", &pki.intermediate().pem());
    let ended = check(folder, &["--cert", "client.pem", "--key", "client.key", "--ca", "ca.pem"]);
    assert_eq!(ended.code, 1);
    let [search] = &commands(&ended.out, "chain-missing-issuer")[..] else { panic!("{}", ended.out) };
    let ended = paste(folder, search);
    assert_eq!(ended.code, 0, "{search}: {}", ended.out);
}

/// The request that is given goes to the CA, whose new certificate fits the old key.
#[test]
fn no_client_authentication() {
    if !has("openssl") {
        return;
    }
    let (folder, pki, key) = (tempfile::tempdir().unwrap(), Pki::new(), KeyPair::generate().unwrap());
    let folder = folder.path();
    write(folder, "client.pem", &(pki.issue(&client(ExtendedKeyUsagePurpose::ServerAuth), &key) + &pki.intermediate().pem()));
    write(folder, "client.key", &key.serialize_pem());
    write(folder, "ca.pem", &pki.root().pem());
    let inputs = ["--cert", "client.pem", "--key", "client.key", "--ca", "ca.pem"];
    let ended = check(folder, &inputs);
    assert_eq!(ended.code, 1);
    let [request] = &commands(&ended.out, "eku-no-client-auth")[..] else { panic!("{}", ended.out) };
    let made = paste(folder, request);
    assert_eq!(made.code, 0, "{request}: {}", made.err);
    // The CA takes what the request says, as to the subject, the key and the usages.
    let text = fs::read_to_string(folder.join("client.csr")).unwrap();
    let asked = rcgen::CertificateSigningRequestParams::from_pem(&text).unwrap();
    assert_eq!(asked.params.extended_key_usages, [ExtendedKeyUsagePurpose::ClientAuth]);
    let issuer = Issuer::from_params(&pki.intermediate, &pki.intermediate_key);
    let mut asked = asked;
    asked.params.use_authority_key_identifier_extension = true;
    let issued = asked.signed_by(&issuer).unwrap();
    write(folder, "client.pem", &(issued.pem() + &pki.intermediate().pem()));
    let ended = check(folder, &inputs);
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(ended.out.contains("CN=client.example.com (leaf)"), "{}", ended.out);
}
