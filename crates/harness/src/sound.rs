//! The sound bundles that stand beside an input.

/// A sound bundle, in PEM.
pub(crate) struct Sound {
    /// The leaf and its intermediate.
    pub(crate) cert: &'static [u8],
    /// The key of the leaf.
    pub(crate) key: &'static [u8],
    /// The root.
    pub(crate) ca: &'static [u8],
}

macro_rules! sound {
    ($name:literal) => {
        Sound {
            cert: include_bytes!(concat!("../../../fixtures/data/", $name, "/cert.pem")),
            key: include_bytes!(concat!("../../../fixtures/data/", $name, "/key.pem")),
            ca: include_bytes!(concat!("../../../fixtures/data/", $name, "/ca.pem")),
        }
    };
}

/// The bundle around an input that is not about keys: the arithmetic of Ed25519 is in assembly, which runs at full speed in a fuzzer.
pub(crate) const ED25519: Sound = sound!("ok__ed25519-pkcs8");
/// A bundle with keys on P-256.
pub(crate) const P256: Sound = sound!("ok__p256-pkcs8");
/// A bundle with RSA keys.
pub(crate) const RSA: Sound = sound!("ok__rsa2048-pkcs8");

/// Bytes as one PEM block.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).expect("the label is sound")
}

/// The content of the PEM blocks of a clean text.
pub(crate) fn blocks(text: &str) -> Vec<Vec<u8>> {
    let decode = |block: &str| pem_rfc7468::decode_vec(block.as_bytes()).expect("the text is clean PEM").1;
    text.split_inclusive("-----END CERTIFICATE-----\n").map(decode).collect()
}

/// The same of a fixture.
pub(crate) fn fixture(text: &[u8]) -> Vec<Vec<u8>> {
    blocks(std::str::from_utf8(text).expect("the fixture is ASCII"))
}

/// The `length` bytes after the first occurrence of `mark`.
pub(crate) fn after<'a>(bytes: &'a [u8], mark: &[u8], length: usize) -> &'a [u8] {
    let at = bytes.windows(mark.len()).position(|window| window == mark).expect("the fixture has this mark") + mark.len();
    &bytes[at..at + length]
}

/// Whether `part` is in `bytes`.
pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
