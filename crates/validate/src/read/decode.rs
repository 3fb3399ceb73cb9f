//! The one place that rustls-pemfile is called from.

use zeroize::{Zeroize, Zeroizing};

/// Decodes the base64 text of one block; `None` where it is not base64.
///
/// The decoder is handed one freshly framed block at a time, because it drops the second of two blocks on one line, skips labels that it
/// does not know, and puts the offending line into its errors, which therefore go no further than here.
pub(super) fn decode(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const BEGIN: &[u8] = b"-----BEGIN PRIVATE KEY-----\n";
    const END: &[u8] = b"\n-----END PRIVATE KEY-----\n";
    let mut block = Zeroizing::new(Vec::with_capacity(BEGIN.len() + base64.len() + END.len()));
    block.extend_from_slice(BEGIN);
    block.extend_from_slice(base64);
    block.extend_from_slice(END);
    // Whatever the content is, it goes through as a private key: the one item whose buffer can be wiped.
    match rustls_pemfile::read_one_from_slice(&block) {
        Ok(Some((rustls_pemfile::Item::Pkcs8Key(mut key), _))) => {
            // The decoder's own buffers, one of base64, are not in our hands.
            let der = Zeroizing::new(key.secret_pkcs8_der().to_vec());
            key.zeroize();
            Some(der)
        }
        _ => None,
    }
}
