//! The command line that mends what a finding says, or shows more of it: one table for all codes.

use crate::bundle::Bundle;
use crate::code::{Code, Severity};
use crate::finding::{Finding, Location, ObjectKind};
use crate::origin::Origin;
use crate::policy::Purpose;
use crate::source::{Request, Role, Source};
use crate::text::shell_word;

/// What the commands of one check have in common.
pub(crate) struct Cures {
    /// The flags and files of the request, quoted.
    inputs: String,
    /// The same files without flags, to be sorted.
    files: String,
    cert: String,
    key: String,
    ca: String,
    /// A leaf that is first in its source, in PEM lines that openssl finds: what is said of "the certificate" is said of it.
    leaf: Option<Location>,
    /// The certificate in use.
    replaces: Option<String>,
    origin: Option<String>,
    /// The name of the extended key usage.
    purpose: &'static str,
    /// Some files were given without a flag.
    is_sorted: bool,
}

impl Cures {
    pub(crate) fn new(request: &Request<'_>, bundle: &Bundle, origin: Option<&Origin>, purpose: Purpose) -> Self {
        let word = |source: &Source<'_>| shell_word(source.name).unwrap_or_else(|| "FILE".to_owned());
        let file = |at: Option<&Location>, role: Role, other: &str| {
            let named = request.sources.iter().find(|source| source.role == role);
            at.and_then(source).or_else(|| shell_word(named?.name)).unwrap_or_else(|| other.to_owned())
        };
        let leaf = bundle.leaf().map(|leaf| leaf.at.clone());
        // What is compared with is not part of the bundle.
        let sources = || request.sources.iter().filter(|source| source.role != Role::Replaces);
        let replaces = request.sources.iter().find(|source| source.role == Role::Replaces);
        let inputs = sources().map(|source| match source.role {
            Role::Auto => word(source),
            role => format!("--{role} {}", word(source)),
        });
        Cures {
            inputs: inputs.collect::<Vec<_>>().join(" "),
            replaces: replaces.and_then(|source| shell_word(source.name)),
            files: sources().map(word).collect::<Vec<_>>().join(" "),
            cert: file(leaf.as_ref(), Role::Cert, "client.pem"),
            key: file(bundle.key.as_ref().map(|key| &key.at), Role::Key, "client.key"),
            ca: file(bundle.authorities.first().map(|authority| &authority.at), Role::Ca, "ca.pem"),
            leaf,
            origin: origin.map(Origin::to_string),
            purpose: match purpose {
                Purpose::Client | Purpose::Any => "clientAuth",
                Purpose::Server => "serverAuth",
            },
            is_sorted: request.sources.iter().any(|source| source.role == Role::Auto),
        }
    }

    /// Adds what mends a finding, or shows more of it, to one that does not have it yet.
    pub(crate) fn add(&self, finding: &mut Finding) {
        if let (true, Some(Cure { lead, commands })) = (finding.commands.is_empty(), self.of(finding)) {
            finding.help.push(lead.to_owned());
            finding.commands = commands;
        }
    }

    fn of(&self, finding: &Finding) -> Option<Cure> {
        use Code::*;
        match finding.code {
            // What is wrong is to be seen in the file itself, or there is no file.
            InputEmpty
            | InputTooLarge
            | PemNotFound
            | PemBadBase64
            | PemUnterminated
            | PemLabelMismatch
            | PathAsContent
            | PublicKeyAsPrivateKey
            | CertificateMalformed
            | ContainerDamaged
            | ContainerUnsupported
            | DerivationTooCostly
            | OriginMalformed
            | OriginNotHttps
            | OriginHasPath
            | OriginHasQuery
            | OriginHasFragment
            | OriginHasCredentials
            | OriginWildcard
            | OriginPrivateHost
            | OriginMissing
            | KeyMultiple
            | KeyUnsupported
            | LeafAmbiguous
            | ObjectUnused
            | CertificateInKeyInput
            | KeyInCertificateInput => None,
            ContainerInput | KeyEncrypted | PassphraseWrong => {
                Cure::one("to have it opened and written as PEM, with the key in the clear:", self.convert(&self.inputs))
            }
            ContainerOpened => Cure::one("to have what is in it as PEM files:", self.convert(&self.inputs)),
            CertificateMissing | KeyMissing | CaMissing => Cure::one("to search this folder for it:", self.search()?),
            CsrAsCertificate => self.look(finding, "what it asks for:", "openssl req", "-noout -subject -pubkey"),
            OpensshKey => Cure::one(
                "to have a copy of it as PKCS#8:",
                format!("install -m 600 {} client.key && ssh-keygen -p -N '' -m pkcs8 -f client.key", source(&finding.at)?),
            ),
            KeyMalformed | KeyInconsistent => self.look(finding, "what OpenSSL says of it:", "openssl pkey", "-noout -check"),
            // With the certificate named, the files of a folder are searched for the key that it proves.
            KeyMismatch => Cure::one(
                "to search this folder for the key that fits:",
                format!("certflight check --cert {} --ca {} .", self.cert, self.ca),
            ),
            KeyWeak if self.is_leaf_or_key(finding) => Some(self.new_key()),
            SignatureUnsupported => {
                Cure::one("what OpenSSL says of it:", format!("openssl verify -CAfile {} -untrusted {1} {1}", self.ca, self.cert))
            }
            SignatureWeak
            | CertificateExpired
            | CertificateExpiresSoon
            | EkuNoClientAuth
            | EkuNoServerAuth
            | EkuAny
            | NetscapeCertType
            | KeyUsageNoDigitalSignature
            | LeafIsCa
            | LeafSelfSigned
            | CertificateVersion
            | UnknownCriticalExtension
                if self.is_leaf(finding) =>
            {
                self.request()
            }
            CertificateExpired | CertificateNotYetValid | CertificateExpiresSoon => {
                self.look(finding, "its dates:", "openssl x509", "-noout -subject -dates")
            }
            ChainMissingIssuer => match self.search() {
                Some(search) => Cure::one("to search this folder for it:", search),
                None => self.look(finding, "the issuer that it names:", "openssl x509", "-noout -subject -issuer"),
            },
            ChainUntrusted => {
                self.look(finding, "to compare with the partner:", "openssl x509", "-noout -subject -fingerprint -sha256")
            }
            ChainKeyIdentifier => {
                self.look(finding, "the identifier of its issuer's key:", "openssl x509", "-noout -ext authorityKeyIdentifier")
            }
            RotationSubjectChanged | RotationIssuerChanged => self.compare(finding, "-subject -issuer"),
            RotationNamesChanged => self.compare(finding, "-ext subjectAltName"),
            RotationUsageChanged => self.compare(finding, "-ext extendedKeyUsage"),
            RotationKeyTypeChanged | RotationSameKey => self.compare(finding, "-pubkey"),
            RotationGap | RotationEndsEarlier => self.compare(finding, "-dates"),
            RotationSameCertificate => self.compare(finding, "-serial -fingerprint -sha256"),
            // Sorted by content, intermediates go to the certificates and roots to the CA.
            ChainIntermediateNotSent | RootInCert => {
                Cure::one("to have each certificate written where it belongs:", self.convert(&self.files))
            }
            OriginTrailingSlash | OriginDefaultPort | OriginNormalized => {
                let origin = shell_word(self.origin.as_ref()?)?;
                Cure::one(
                    "the same check with the origin as it is used:",
                    format!("certflight check {} --origin {origin}", self.inputs),
                )
            }
            // What was changed only in this reading; as an error it was not.
            code if code.is_change() && finding.severity != Severity::Error => {
                Cure::one("to have the bundle written anew, mended:", self.convert(&self.inputs))
            }
            _ => self.look(finding, "to see all that it says:", "openssl x509", "-noout -text"),
        }
    }

    /// What a folder holds that fits what was named. Files that were given without a flag are most likely all that there is.
    fn search(&self) -> Option<String> {
        (!self.is_sorted).then(|| {
            ["certflight check", &self.inputs, "."].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        })
    }

    fn convert(&self, inputs: &str) -> String {
        format!("certflight convert {inputs} --out clean")
    }

    /// A request for a certificate of the leaf's subject and key, for what it is meant for.
    fn request(&self) -> Option<Cure> {
        Cure::one(
            "a request for one with the same subject and key, to send to the CA:",
            format!("{} -key {} -out client.csr", self.requesting(), self.key),
        )
    }

    fn new_key(&self) -> Cure {
        let commands = vec![
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out new.key".to_owned(),
            format!("{} -key new.key -out client.csr", self.requesting()),
        ];
        Cure { lead: "a new key, and a request with the same subject, to send to the CA:", commands }
    }

    fn requesting(&self) -> String {
        // The subject is read when the command runs, so that no foreign text stands in it.
        format!(
            "openssl req -new -subj \"$(openssl x509 -in {} -noout -subject -nameopt compat | sed 's/^subject=//')\" -addext keyUsage=critical,digitalSignature -addext \
             extendedKeyUsage={}",
            self.cert, self.purpose
        )
    }

    /// A command that reads the first object of a PEM file, where that is the one in question; for another certificate all of the file are listed.
    fn look(&self, finding: &Finding, lead: &'static str, tool: &str, what: &str) -> Option<Cure> {
        let file = source(&finding.at)?;
        match &finding.at {
            Location::Object { index: 2.., kind: ObjectKind::Certificate, lines: Some(_), .. } => Cure::one(
                "to see all certificates of the file:",
                format!("openssl crl2pkcs7 -nocrl -certfile {file} | openssl pkcs7 -print_certs -noout -text"),
            ),
            // What has no lines came out of a container or is binary.
            Location::Object { lines: None, .. } => {
                Cure::one("to see all that it says:", format!("certflight check {} --verbose", self.inputs))
            }
            _ => Cure::one(lead, format!("{tool} -in {file} {what}")),
        }
    }

    /// The same of the certificate in use and of the new one, where each is the first of its file.
    fn compare(&self, finding: &Finding, what: &str) -> Option<Cure> {
        let is_first = |at: &Location| matches!(at, Location::Object { index: 1, lines: Some(_), .. });
        let old = finding.notes.iter().filter_map(|note| note.at.as_ref()).all(is_first).then_some(self.replaces.as_ref())??;
        let new = source(&finding.at).filter(|_| is_first(&finding.at))?;
        let commands = [old, &new].map(|file| format!("openssl x509 -in {file} -noout {what}")).into();
        Some(Cure { lead: "to see the old and the new:", commands })
    }

    fn is_leaf(&self, finding: &Finding) -> bool {
        self.leaf.as_ref() == Some(&finding.at)
    }

    fn is_leaf_or_key(&self, finding: &Finding) -> bool {
        self.is_leaf(finding) || finding.at.input() == Some(Role::Key)
    }
}

/// What the commands are for, and the commands.
struct Cure {
    lead: &'static str,
    commands: Vec<String>,
}

impl Cure {
    #[allow(clippy::unnecessary_wraps, reason = "every arm of the table may have none")]
    fn one(lead: &'static str, command: String) -> Option<Self> {
        Some(Cure { lead, commands: vec![command] })
    }
}

/// Fetches an issuer, which is DER in most cases (RFC 5280 section 4.2.2.1), and appends it to the file of what it issued. None where the address is more
/// than a plain one: it is foreign text.
pub(crate) fn fetch(address: &str, at: &Location) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./,:@%+-~=".contains(c);
    let is_web = address.starts_with("http://") || address.starts_with("https://");
    let file = source(at).filter(|_| matches!(at, Location::Object { lines: Some(_), .. }))?;
    (is_web && address.chars().all(plain))
        .then(|| format!("curl -fsS {address} -o issuer.crt && openssl x509 -in issuer.crt >> {file}"))
}

/// The file that a place lies in, quoted.
fn source(at: &Location) -> Option<String> {
    shell_word(&at.source()?.name)
}
