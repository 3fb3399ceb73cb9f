//! The command line that mends what a finding says, or shows more of it: one table for all codes.

use crate::bundle::Bundle;
use crate::code::{Code, Severity};
use crate::finding::{Finding, Location, ObjectKind};
use crate::origin::Origin;
use crate::source::{Request, Role, Source};
use crate::text::Escaped;

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
    origin: Option<String>,
}

impl Cures {
    pub(crate) fn new(request: &Request<'_>, bundle: &Bundle, origin: Option<&Origin>) -> Self {
        let word = |source: &Source<'_>| quoted(source.name).unwrap_or_else(|| "FILE".to_owned());
        let file = |at: Option<&Location>, role: Role, other: &str| {
            let named = request.sources.iter().find(|source| source.role == role);
            at.and_then(source).or_else(|| quoted(named?.name)).unwrap_or_else(|| other.to_owned())
        };
        let leaf = bundle.leaf().map(|leaf| leaf.at.clone());
        let inputs = request.sources.iter().map(|source| match source.role {
            Role::Auto => word(source),
            role => format!("--{role} {}", word(source)),
        });
        Cures {
            inputs: inputs.collect::<Vec<_>>().join(" "),
            files: request.sources.iter().map(word).collect::<Vec<_>>().join(" "),
            cert: file(leaf.as_ref(), Role::Cert, "client.pem"),
            key: file(bundle.key.as_ref().map(|key| &key.at), Role::Key, "client.key"),
            ca: file(bundle.authorities.first().map(|authority| &authority.at), Role::Ca, "ca.pem"),
            leaf,
            origin: origin.map(Origin::to_string),
        }
    }

    /// The commands for a finding.
    pub(crate) fn of(&self, finding: &Finding) -> Vec<String> {
        use Code::*;
        let one = |line: String| vec![line];
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
            | KeyMissing
            | CertificateMissing
            | CaMissing
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
            | KeyInCertificateInput => Vec::new(),
            ContainerInput | KeyEncrypted | PassphraseWrong => one(format!("certflight convert {} --out clean", self.inputs)),
            CsrAsCertificate => self.look(finding, "openssl req", "-noout -subject -pubkey"),
            OpensshKey => match source(&finding.at) {
                Some(file) => one(format!("cp {file} client.key && ssh-keygen -p -N '' -m pkcs8 -f client.key")),
                None => Vec::new(),
            },
            KeyMalformed | KeyInconsistent => self.look(finding, "openssl pkey", "-noout -check"),
            // With the certificate named, the files of a folder are searched for the key that it proves.
            KeyMismatch => one(format!("certflight check --cert {} --ca {} .", self.cert, self.ca)),
            KeyWeak | SignatureWeak | SignatureUnsupported if self.is_leaf_or_key(finding) => self.new_key(),
            CertificateExpired | CertificateExpiresSoon if self.is_leaf(finding) => self.request(),
            EkuNoClientAuth
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
            ChainMissingIssuer => self.look(finding, "openssl x509", "-noout -subject -issuer"),
            ChainUntrusted => self.look(finding, "openssl x509", "-noout -subject -fingerprint -sha256"),
            ChainKeyIdentifier => self.look(finding, "openssl x509", "-noout -ext authorityKeyIdentifier"),
            CertificateMalformed => Vec::new(),
            // Sorted by content, intermediates go to the certificates and roots to the CA.
            ChainIntermediateNotSent => one(format!("certflight convert {} --out clean", self.files)),
            code if code.is_change() && finding.severity != Severity::Error => match (code, &self.origin) {
                (OriginTrailingSlash | OriginDefaultPort | OriginNormalized, Some(origin)) => {
                    let origin = quoted(origin).unwrap_or_default();
                    one(format!("certflight check {} --origin {origin}", self.inputs))
                }
                _ => one(format!("certflight convert {} --out clean", self.inputs)),
            },
            RootInCert => one(format!("certflight convert {} --out clean", self.files)),
            _ => self.look(finding, "openssl x509", "-noout -text"),
        }
    }

    /// A request for a certificate of the leaf's subject and key, for client authentication.
    fn request(&self) -> Vec<String> {
        vec![format!("{} -key {} -out client.csr", self.requesting(), self.key)]
    }

    fn new_key(&self) -> Vec<String> {
        vec![
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out new.key".to_owned(),
            format!("{} -key new.key -out client.csr", self.requesting()),
        ]
    }

    fn requesting(&self) -> String {
        // The subject is read when the command runs, so that no foreign text stands in it.
        format!(
            "openssl req -new -subj \"$(openssl x509 -in {} -noout -subject -nameopt compat | sed 's/^subject=//')\" -addext keyUsage=critical,digitalSignature -addext \
             extendedKeyUsage=clientAuth",
            self.cert
        )
    }

    /// A command that reads the first object of a PEM file, where that is the one in question; for another certificate all of the file are listed.
    fn look(&self, finding: &Finding, tool: &str, what: &str) -> Vec<String> {
        let Some(file) = source(&finding.at) else { return Vec::new() };
        match &finding.at {
            Location::Object { index: 2.., kind: ObjectKind::Certificate, lines: Some(_), .. } => {
                vec![format!("openssl crl2pkcs7 -nocrl -certfile {file} | openssl pkcs7 -print_certs -noout -text")]
            }
            // What has no lines came out of a container or is binary.
            Location::Object { lines: None, .. } => vec![format!("certflight check {} --verbose", self.inputs)],
            _ => vec![format!("{tool} -in {file} {what}")],
        }
    }

    fn is_leaf(&self, finding: &Finding) -> bool {
        self.leaf.as_ref() == Some(&finding.at)
    }

    fn is_leaf_or_key(&self, finding: &Finding) -> bool {
        self.is_leaf(finding) || finding.at.input() == Some(Role::Key)
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
    match at {
        Location::Source(source) | Location::Lines { source, .. } | Location::Object { source, .. } => quoted(&source.name),
        _ => None,
    }
}

/// A word for a POSIX shell (POSIX.1-2017, Shell Command Language, section 2.2); none where it cannot be shown as it is, or names no file.
pub(crate) fn quoted(word: &str) -> Option<String> {
    if word.is_empty() || word == "standard input" || word.starts_with("env:") || Escaped(word).to_string() != word {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./,:@%+-".contains(c);
    // A name that begins with a hyphen would be taken for a flag.
    let word = if word.starts_with('-') { format!("./{word}") } else { word.to_owned() };
    Some(if word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) })
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_for_the_shell() {
        for (word, shown) in [
            ("client.pem", Some("client.pem")),
            ("my files/client.pem", Some("'my files/client.pem'")),
            ("it's; rm -rf $HOME `x`", Some(r"'it'\''s; rm -rf $HOME `x`'")),
            (r"C:\certs\client.pem", Some(r"'C:\certs\client.pem'")),
            ("-rf", Some("./-rf")),
            ("Müller.pem", Some("'Müller.pem'")),
            ("a\nb", None),
            ("a\u{202e}b", None),
            ("env:KEY", None),
            ("standard input", None),
        ] {
            assert_eq!(quoted(word).as_deref(), shown);
        }
    }
}
