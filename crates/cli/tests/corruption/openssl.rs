//! What the openssl command says of what would be uploaded.

use crate::command::Mended;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

/// The version, where it is one of the 3.x series.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("openssl").arg("version").stdin(Stdio::null()).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.starts_with("OpenSSL 3.").then(|| version.trim().to_owned())
}

/// What it says where it refuses.
pub(crate) type Answer = Result<(), String>;

/// Each question is asked once: many corruptions are mended to the same bundle.
#[derive(Default)]
pub(crate) struct Peer(Mutex<HashMap<(Mended, Vec<String>), Answer>>);

impl Peer {
    /// How many questions were asked.
    pub(crate) fn asked(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Whether the path verifies under these demands, and the key is the leaf's.
    pub(crate) fn ask(&self, mended: &Mended, demands: &[String], folder: &Path) -> Answer {
        let question = (mended.clone(), demands.to_vec());
        if let Some(known) = self.0.lock().unwrap().get(&question) {
            return known.clone();
        }
        let answer = verify(mended, demands, folder).and_then(|()| pair(folder));
        self.0.lock().unwrap().insert(question, answer.clone());
        answer
    }
}

/// The demands on a check at this Unix time with these flags, in the words of `openssl verify`.
pub(crate) fn demands(at: i64, args: &[String]) -> Vec<String> {
    let mut demands = vec!["-attime".to_owned(), at.to_string()];
    let mut purpose = "sslclient";
    let mut args = args.iter().map(String::as_str);
    while let Some(flag) = args.next() {
        match flag {
            "--purpose" => {
                purpose = if args.next() == Some("any") { "any" } else { panic!("a purpose without its name at OpenSSL") }
            }
            "--policy" => demands.extend(["-policy".to_owned(), args.next().unwrap().to_owned()]),
            "--require-policy" => demands.push("-explicit_policy".to_owned()),
            // Asks for more than OpenSSL does.
            "--strict" => {}
            other => panic!("{other} has no name at OpenSSL here"),
        }
    }
    demands.extend(["-purpose".to_owned(), purpose.to_owned()]);
    demands
}

/// The first certificate of `cert` is the leaf, and all of it is what a client sends. Level 2 is that of the distributions and of the differential test of the
/// library; OpenSSL's own default is lower. The system's roots stay out.
fn verify(mended: &Mended, demands: &[String], folder: &Path) -> Answer {
    for (name, text) in [("sent.pem", &mended.cert), ("sent-key.pem", &mended.key), ("anchors.pem", &mended.ca)] {
        fs::write(folder.join(name), text).unwrap();
    }
    let fixed = [
        "verify",
        "-x509_strict",
        "-auth_level",
        "2",
        "-no-CApath",
        "-no-CAstore",
        "-CAfile",
        "anchors.pem",
        "-untrusted",
        "sent.pem",
    ];
    let args: Vec<&str> = fixed.into_iter().chain(demands.iter().map(String::as_str)).chain(["sent.pem"]).collect();
    said(&openssl(&args, folder)).map(drop)
}

fn pair(folder: &Path) -> Answer {
    let of_key = said(&openssl(&["pkey", "-in", "sent-key.pem", "-pubout"], folder))?;
    let of_leaf = said(&openssl(&["x509", "-in", "sent.pem", "-pubkey", "-noout"], folder))?;
    if of_key == of_leaf { Ok(()) } else { Err("the key is not the leaf's".to_owned()) }
}

fn openssl(args: &[&str], folder: &Path) -> Output {
    Command::new("openssl").args(args).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> Result<Vec<u8>, String> {
    if output.status.success() { Ok(output.stdout.clone()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
