//! Clean PEM (RFC 7468), as it is uploaded.

use crate::certificate::Certificate;
use crate::secret::{SecretText, on_clean_stack};
use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

pub(crate) fn certificates(list: &[Certificate]) -> String {
    list.iter().map(|certificate| std::mem::take(&mut *block("CERTIFICATE", certificate.der()))).collect()
}

pub(crate) fn private_key(label: &str, der: &[u8]) -> SecretText {
    on_clean_stack(|| SecretText::new(std::mem::take(&mut *block(label, der))))
}

/// Encodes into one allocation of the right size, so that no copy of a key stays behind.
fn block(label: &str, der: &[u8]) -> Zeroizing<String> {
    let fits = "the label is one of this crate's and the buffer has the length that the encoder asks for";
    let length = pem_rfc7468::encoded_len(label, LineEnding::LF, der).expect(fits);
    let mut buffer = Zeroizing::new(vec![0; length]);
    pem_rfc7468::encode(label, LineEnding::LF, der, &mut buffer).expect(fits);
    Zeroizing::new(String::from_utf8(std::mem::take(&mut *buffer)).expect("PEM is ASCII"))
}
