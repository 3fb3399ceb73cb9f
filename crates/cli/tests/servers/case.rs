//! The rows: a bundle, and how the server is set up for it.

use super::identity;
use std::fs;
use std::path::{Path, PathBuf};

/// What a server does about client certificates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Auth {
    /// It does not ask.
    None,
    /// It asks and looks at nothing.
    Unverified,
    /// It asks, goes on without one, and verifies one that comes.
    Optional,
    /// It asks and wants one.
    Required,
    /// It asks once it has read the request, as servers do that want a certificate for some paths only.
    AfterRequest,
}

/// What a server is limited to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Limit {
    None,
    /// Its shortest limit on the path's length above one intermediate.
    Depth,
    /// No Ed25519.
    Schemes,
    /// A revocation list.
    Revocations,
}

/// The versions of TLS that a server speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Versions {
    Both,
    Only13,
    Only12,
}

/// Where the bundle is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bundle {
    Fixture(&'static str),
    /// Made at the time of the test, with so many intermediates.
    Made(usize),
}

/// What the server trusts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trust {
    /// What the bundle names as its CA.
    Own,
    /// The CA of another fixture.
    Of(&'static str),
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    bundle: Bundle,
    trust: Trust,
    pub(crate) auth: Auth,
    pub(crate) limit: Limit,
    pub(crate) versions: Versions,
    /// The row also says what becomes of a connection without a certificate.
    pub(crate) shows_without: bool,
}

const fn case(name: &'static str, fixture: &'static str) -> Case {
    Case {
        name,
        bundle: Bundle::Fixture(fixture),
        trust: Trust::Own,
        auth: Auth::Required,
        limit: Limit::None,
        versions: Versions::Both,
        shows_without: false,
    }
}

const fn asks(auth: Auth, case: Case) -> Case {
    Case { auth, ..case }
}

const fn shows_without(case: Case) -> Case {
    Case { shows_without: true, ..case }
}

const SOUND: &str = "ok__p256-pkcs8";
const UNRELATED: &str = "chain-missing-issuer__unrelated-ca";

/// Where a row does not say otherwise, the server requires a certificate, trusts the bundle's CA, and speaks TLS 1.2 and 1.3.
pub(crate) const CASES: &[Case] = &[
    shows_without(asks(Auth::None, case("sound; not asked", SOUND))),
    shows_without(asks(Auth::Optional, case("sound; optional", SOUND))),
    shows_without(case("sound; required", SOUND)),
    asks(Auth::AfterRequest, shows_without(case("sound; asked after the request", SOUND))),
    Case { versions: Versions::Only13, ..shows_without(case("sound; TLS 1.3 only", SOUND)) },
    Case { versions: Versions::Only12, ..shows_without(case("sound; TLS 1.2 only", SOUND)) },
    case("RSA key in PKCS#1", "ok__rsa2048-pkcs1"),
    case("certificates signed with RSA-PSS", "ok__rsa-pss-signed"),
    case("P-384", "ok__p384-pkcs8"),
    case("P-521", "ok__p521-pkcs8"),
    case("Ed25519", "ok__ed25519-pkcs8"),
    Case { limit: Limit::Schemes, ..case("Ed25519; the server takes none", "ok__ed25519-pkcs8") },
    case("self-signed leaf, trusted itself", "leaf-self-signed__leaf"),
    case("leaf that is a CA", "leaf-is-ca__leaf"),
    case("leaf for any purpose", "eku-any__leaf"),
    case("root sent along", "root-in-cert__last"),
    case("CA of another name", UNRELATED),
    asks(Auth::Optional, case("CA of another name; optional", UNRELATED)),
    asks(Auth::Unverified, case("CA of another name; asked, not verified", UNRELATED)),
    Case { trust: Trust::Of(UNRELATED), ..case("the server trusts another CA", SOUND) },
    asks(Auth::Optional, Case { trust: Trust::Of(UNRELATED), ..case("the server trusts another CA; optional", SOUND) }),
    case("expired leaf", "certificate-expired__leaf"),
    asks(Auth::Optional, case("expired leaf; optional", "certificate-expired__leaf")),
    case("leaf not yet valid", "certificate-not-yet-valid__leaf"),
    case("expired intermediate", "certificate-expired__intermediate"),
    case("expired root", "certificate-expired__anchor"),
    case("leaf for servers only", "eku-no-client-auth__server-only"),
    case("intermediate for servers only", "chain-eku__server-only"),
    case("leaf's key may not sign", "key-usage-no-digital-signature__key-encipherment"),
    case("leaf for servers only by Netscape's type", "netscape-cert-type__server-only"),
    case("missing intermediate", "chain-missing-issuer__missing-intermediate"),
    case("intermediate in the CA file", "chain-intermediate-not-sent__in-ca"),
    Case {
        trust: Trust::Of("chain-missing-issuer__missing-intermediate"),
        ..case("intermediate in the CA file, the root alone trusted", "chain-intermediate-not-sent__in-ca")
    },
    Case { limit: Limit::Depth, ..case("path longer than the server's limit", "ok__deep") },
    Case { bundle: Bundle::Made(7), ..case("seven intermediates", "") },
    case("path longer than the root allows", "chain-path-length__root"),
    case("leaf's signature damaged", "chain-signature-invalid__flipped-bit"),
    case("CA with the name of another", "chain-signature-invalid__same-name-ca"),
    case("name outside the constraints", "chain-name-constraints__dns-not-permitted"),
    case("unknown critical extension", "unknown-critical-extension__leaf"),
    case("leaf of version 1", "certificate-version__v1-leaf"),
    case("leaf signed with SHA-1", "signature-weak__sha1-leaf"),
    case("RSA key of 1024 bits", "key-weak__leaf"),
    case("key of another certificate", "key-mismatch__other-key"),
    Case { bundle: Bundle::Made(0), limit: Limit::Revocations, ..case("revoked leaf", "") },
];

/// The files of one row.
pub(crate) struct Files {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    /// The bundle's CA, and the one by which the server's certificate verifies.
    pub(crate) ca: PathBuf,
    /// What the server trusts.
    pub(crate) trust: PathBuf,
    pub(crate) revocations: Option<PathBuf>,
}

impl Case {
    /// Puts the row's files into a folder.
    pub(crate) fn files(&self, folder: &Path, server_root: &str) -> Files {
        let write = |name: &str, text: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (cert, key, ca, revocations) = match self.bundle {
            Bundle::Fixture(name) => {
                let fixture = certflight_fixtures::named(name);
                (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap(), None)
            }
            Bundle::Made(intermediates) => {
                let made = identity::bundle(intermediates);
                (made.cert.into(), made.key.into(), made.ca.into_bytes(), Some(made.revocations))
            }
        };
        let trusted = match self.trust {
            Trust::Own => ca.clone(),
            Trust::Of(name) => certflight_fixtures::named(name).ca.unwrap(),
        };
        Files {
            cert: write("cert.pem", &cert),
            key: write("key.pem", &key),
            ca: write("ca.pem", &[&ca, server_root.as_bytes()].concat()),
            trust: write("trust.pem", &trusted),
            revocations: revocations
                .filter(|_| self.limit == Limit::Revocations)
                .map(|list| write("revocations.pem", list.as_bytes())),
        }
    }
}
