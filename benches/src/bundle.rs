//! Sound bundles: one for each kind of key, and some that are deep or broad.

#![allow(clippy::indexing_slicing, reason = "a bench that fails here measures nothing")]

use certflight_validate::{GatePolicy, Request, Role, Source, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, date_time_ymd,
};
use std::fs;
use std::path::Path;

/// The inputs of a check, in PEM.
pub struct Bundle {
    /// What is particular about it.
    pub name: String,
    /// The leaf and its intermediates.
    pub cert: String,
    /// The private key of the leaf.
    pub key: String,
    /// The CA.
    pub ca: String,
}

/// The bundles whose cost is held against their crypto floor: three certificates each, two signatures to verify.
pub fn by_key() -> Vec<Bundle> {
    vec![
        fixture("P-256", "ok__p256-pkcs8"),
        rsa("RSA-2048 under RSA-4096", "rsa2048-leaf", "rsa2048-intermediate", "rsa4096-root"),
        // There is one key of this size, and all three have it.
        rsa("RSA-4096", "rsa4096-root", "rsa4096-root", "rsa4096-root"),
        fixture("P-384", "ok__p384-pkcs8"),
        fixture("P-521", "ok__p521-pkcs8"),
        fixture("Ed25519", "ok__ed25519-pkcs8"),
    ]
}

/// P-256 with so many certificates on the path, leaf and root among them.
pub fn deep(certificates: usize) -> Bundle {
    let keys: Vec<KeyPair> = (0..certificates).map(|_| generate()).collect();
    chain(&format!("{certificates} certificates on the path"), &keys)
}

/// P-256 with so many roots in the CA file, the last of which is the one.
pub fn roots(count: usize) -> Bundle {
    let mut bundle = chain(&format!("{count} roots in the CA file"), &[generate(), generate(), generate()]);
    let other = |at| authority(&format!("Example Root CA {at}")).self_signed(&generate()).expect("a root").pem();
    bundle.ca = (1..count).map(other).chain([bundle.ca]).collect();
    bundle
}

/// The paths of growing depth, and the files of CAs of growing length.
pub fn deep_and_broad() -> Vec<Bundle> {
    [3, 10, 30].map(deep).into_iter().chain([1, 10, 150, 1000].map(roots)).collect()
}

/// The growing graphs.
pub fn graphs() -> [Bundle; 3] {
    [4, 8, 16].map(cross_signed)
}

/// So many CAs of one name that all certify each other, one of which issued the leaf; another is certified by the root.
pub fn cross_signed(count: usize) -> Bundle {
    let (top, ca) = (authority("Example Root CA"), authority("Example Cross CA"));
    let (top_key, leaf_key) = (generate(), generate());
    let keys: Vec<KeyPair> = (0..count).map(|_| generate()).collect();
    let (first, last) = (&keys[0], &keys[count - 1]);
    let mut cert = leaf().signed_by(&leaf_key, &Issuer::from_params(&ca, last)).expect("a leaf").pem();
    for issuer in &keys {
        for subject in keys.iter().filter(|key| !std::ptr::eq(*key, issuer)) {
            cert += &ca.signed_by(subject, &Issuer::from_params(&ca, issuer)).expect("a CA").pem();
        }
    }
    cert += &ca.signed_by(first, &Issuer::from_params(&top, &top_key)).expect("a CA").pem();
    Bundle {
        name: format!("{count} CAs that certify each other"),
        cert,
        key: leaf_key.serialize_pem(),
        ca: top.self_signed(&top_key).expect("a root").pem(),
    }
}

/// Bundles of all kinds of keys, without end: of twenty ten are P-256, five RSA-2048 under RSA-4096, two Ed25519, two P-384 and one P-521, of which there is one alone.
/// Each has CAs of its own, or all of a kind have theirs in common.
pub struct Mixed {
    shared: Option<[Authorities; 4]>,
}

/// A root and an intermediate.
struct Authorities {
    params: [CertificateParams; 2],
    keys: [KeyPair; 2],
    pem: [String; 2],
}

impl Mixed {
    /// With CAs in common or not.
    pub fn new(shared: bool) -> Self {
        Mixed { shared: shared.then(|| [0, 10, 15, 17].map(Authorities::of)) }
    }

    /// The bundle with this number.
    pub fn bundle(&self, at: usize) -> Bundle {
        let (kind, place) = match at % 20 {
            0..10 => (0, 0),
            10..15 => (10, 1),
            15..17 => (15, 2),
            17..19 => (17, 3),
            _ => return fixture("P-521", "ok__p521-pkcs8"),
        };
        match &self.shared {
            Some(authorities) => authorities[place].leaf(kind),
            None => Authorities::of(kind).leaf(kind),
        }
    }
}

fn key(kind: usize, rsa: &str) -> KeyPair {
    match kind {
        0 => generate(),
        10 => committed(rsa),
        15 => KeyPair::generate_for(&PKCS_ED25519).expect("a key"),
        _ => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key"),
    }
}

impl Authorities {
    fn of(kind: usize) -> Self {
        let params = [authority("Example Root CA"), authority("Example Issuing CA")];
        let keys = [key(kind, "rsa4096-root"), key(kind, "rsa2048-intermediate")];
        let root = params[0].self_signed(&keys[0]).expect("a root").pem();
        let intermediate =
            params[1].signed_by(&keys[1], &Issuer::from_params(&params[0], &keys[0])).expect("an intermediate").pem();
        Authorities { params, keys, pem: [root, intermediate] }
    }

    fn leaf(&self, kind: usize) -> Bundle {
        let key = key(kind, "rsa2048-leaf");
        let cert = leaf().signed_by(&key, &Issuer::from_params(&self.params[1], &self.keys[1])).expect("a leaf").pem();
        let [root, intermediate] = self.pem.clone();
        Bundle { name: String::new(), cert: cert + &intermediate, key: key.serialize_pem(), ca: root }
    }
}

impl Bundle {
    /// The three inputs as sources.
    pub fn sources(&self) -> [Source<'_>; 3] {
        [(Role::Cert, &self.cert), (Role::Key, &self.key), (Role::Ca, &self.ca)]
            .map(|(role, text)| Source::new(role, role.name(), text.as_bytes()))
    }
}

/// All of it is asked for.
pub fn request<'a>(sources: &'a [Source<'a>]) -> Request<'a> {
    Request { sources, origin: Some("https://api.example.com") }
}

/// The instant at which every bundle is sound, and room for the deepest.
pub fn gate() -> GatePolicy {
    GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).expect("an instant")).max_depth(100)
}

fn fixture(name: &str, fixture: &str) -> Bundle {
    let fixture = certflight_fixtures::named(fixture);
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.expect("an input")).expect("PEM");
    Bundle { name: name.to_owned(), cert: text(fixture.cert), key: text(fixture.key), ca: text(fixture.ca) }
}

fn rsa(name: &str, leaf: &str, intermediate: &str, root: &str) -> Bundle {
    chain(name, &[leaf, intermediate, root].map(committed))
}

fn committed(name: &str) -> KeyPair {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/keys/openssl").join(format!("{name}.pem"));
    KeyPair::from_pem(&fs::read_to_string(path).expect("a committed key")).expect("a key")
}

fn generate() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key")
}

/// One certificate for each key, the leaf first, the root last and alone in the CA file.
fn chain(name: &str, keys: &[KeyPair]) -> Bundle {
    let top = keys.len() - 1;
    let params: Vec<CertificateParams> = (0..keys.len())
        .map(|at| match at {
            0 => leaf(),
            _ if at == top => authority("Example Root CA"),
            _ => authority(&format!("Example Issuing CA {at}")),
        })
        .collect();
    let cert = (0..top)
        .map(|at| {
            params[at].signed_by(&keys[at], &Issuer::from_params(&params[at + 1], &keys[at + 1])).expect("a certificate").pem()
        })
        .collect();
    let ca = params[top].self_signed(&keys[top]).expect("a root").pem();
    Bundle { name: name.to_owned(), cert, key: keys[0].serialize_pem(), ca }
}

fn leaf() -> CertificateParams {
    let mut leaf = params("client.example.com");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    leaf.use_authority_key_identifier_extension = true;
    leaf
}

/// A CA of this name, sound.
pub fn authority(name: &str) -> CertificateParams {
    let mut authority = params(name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.use_authority_key_identifier_extension = true;
    authority
}

/// A certificate of this name that is valid at the time of the benches.
pub fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params
}
