//! What the decoders take alone: rustls-pemfile over the texts of a bundle, x509-parser over each certificate. With the crypto floor this is the least that anybody takes who reads with them and
//! verifies, and looks at nothing else.

use crate::bundle::Bundle;
use rustls_pemfile::Item;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Reads all of a bundle; whether it is three certificates or more, and a key.
pub fn run(bundle: &Bundle) -> bool {
    let (mut certificates, mut keys) = (0, 0);
    for text in [&bundle.cert, &bundle.key, &bundle.ca] {
        for item in rustls_pemfile::read_all(&mut text.as_bytes()) {
            match item {
                Ok(Item::X509Certificate(der)) => certificates += usize::from(X509Certificate::from_der(&der).is_ok()),
                Ok(_) => keys += 1,
                Err(_) => return false,
            }
        }
    }
    certificates >= 3 && keys == 1
}
