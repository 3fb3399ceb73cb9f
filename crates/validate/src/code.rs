//! The table of finding codes. Everything that depends on a code (its name, `explain`, docs/codes.md, the fixture that must exist)
//! derives from a row here.

use std::fmt;
use std::str::FromStr;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Tidied, or worth knowing.
    Info,
    /// Works today or somewhere, but will bite; or was mended.
    Warning,
    /// The upload would be useless.
    Error,
}

impl Severity {
    /// The lower-case name that the formats use.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $severity:ident, $reference:literal;)+) => {
        /// What a finding is about. The name is stable; the texts around it may change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The stable name, as `key-mismatch`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// The severity that a finding of this code has unless something raises it.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }

            /// Whether it is a rule of the certificate profile that a strict policy makes an error.
            pub fn is_profile(self) -> bool {
                self.name().starts_with("profile-")
            }

            /// Whether it comes of a probe of the origin, and not of the inputs.
            pub fn is_probe(self) -> bool {
                self.name().starts_with("probe-")
            }

            /// Whether it says that what is uploaded differs from what was given.
            pub fn is_change(self) -> bool {
                use Code::*;
                matches!(
                    self,
                    PemEscapedNewlines
                        | PemNewlinesLost
                        | PemGluedBoundaries
                        | PemIndented
                        | PemBlankLines
                        | PemBoundarySpelling
                        | TextQuoted
                        | StructuredInput
                        | TextEncoding
                        | Base64OfPem
                        | DerInput
                        | TrustedCertificateLabel
                        | LabelBodyMismatch
                        | PemUnexpectedBlock
                        | PemStrayText
                        | ChainOrder
                        | DuplicateCertificate
                        | DuplicateKey
                        | ContainerOpened
                        | ObjectUnused
                        | OriginTrailingSlash
                        | OriginDefaultPort
                        | OriginNormalized
                )
            }

            /// The clause or source that the rule follows.
            pub fn reference(self) -> &'static str {
                match self { $(Code::$variant => $reference,)+ }
            }

            /// What it says, in one sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// The page that explains it, in Markdown.
            pub fn page(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("../docs/codes/", $name, ".md")),)+ }
            }
        }
    };
}

codes! {
    // What the inputs hold.

    /// An input is empty.
    InputEmpty = "input-empty", Error, "RFC 7468 section 2";
    /// An input is larger, or holds more certificates, than any sound bundle.
    InputTooLarge = "input-too-large", Error, "certflight's own bound";
    /// An input holds no PEM block.
    PemNotFound = "pem-not-found", Error, "RFC 7468 section 2";
    /// The text between BEGIN and END is not base64.
    PemBadBase64 = "pem-bad-base64", Error, "RFC 7468 section 3";
    /// A PEM block has no END line, or an END line has no BEGIN.
    PemUnterminated = "pem-unterminated", Error, "RFC 7468 section 2";
    /// The BEGIN and END lines of a block name different things.
    PemLabelMismatch = "pem-label-mismatch", Error, "RFC 7468 section 2";
    /// A file's path or an address was given where its content belongs.
    PathAsContent = "path-as-content", Error, "RFC 7468 section 2";
    /// The input is a container (PKCS#12, PKCS#7 or a Java key store) that was not opened.
    ContainerInput = "container-input", Error, "RFC 7292; RFC 5652";
    /// The passphrase does not open a container or a key.
    PassphraseWrong = "passphrase-wrong", Error, "RFC 7292 section 4; RFC 8018 section 6.2.2";
    /// A container or an encrypted key does not follow its format, or was changed since it was made.
    ContainerDamaged = "container-damaged", Error, "RFC 7292 section 4; RFC 5652 section 5.1; RFC 5958 section 3";
    /// A container or a key is protected in a way that cannot be opened here.
    ContainerUnsupported = "container-unsupported", Error, "RFC 7292 appendix C; RFC 8018 appendix B";
    /// Deriving the key of a container or an encrypted key would cost more than any honest file asks for.
    DerivationTooCostly = "derivation-too-costly", Error, "certflight's own bound; RFC 8018 section 4.2; RFC 7914 section 2";
    /// A certificate signing request stands where a certificate belongs.
    CsrAsCertificate = "csr-as-certificate", Error, "RFC 2986";
    /// A public key stands where the private key belongs.
    PublicKeyAsPrivateKey = "public-key-as-private-key", Error, "RFC 7468 section 13";
    /// The private key is in a format of SSH, OpenSSH's or PuTTY's.
    OpensshKey = "openssh-key", Error, "RFC 7468 section 10";
    /// The key input holds a certificate.
    CertificateInKeyInput = "certificate-in-key-input", Error, "RFC 7468 section 5";
    /// The certificate or CA input holds a private key; it is never sent, not even when validation is skipped.
    KeyInCertificateInput = "key-in-certificate-input", Error, "RFC 7468 section 10";
    /// The files hold several client certificates, and which one is meant would be a guess.
    LeafAmbiguous = "leaf-ambiguous", Error, "RFC 8446 section 4.4.2";
    /// There is no private key.
    KeyMissing = "key-missing", Error, "RFC 8446 section 4.4.3";
    /// There is more than one private key.
    KeyMultiple = "key-multiple", Error, "RFC 8446 section 4.4.3";
    /// The private key is encrypted with a passphrase, and was not opened.
    KeyEncrypted = "key-encrypted", Error, "RFC 5958 section 3; RFC 1421 section 4.6.1";
    /// The private key does not follow its format.
    KeyMalformed = "key-malformed", Error, "RFC 5958; RFC 8017 appendix A.1.2; RFC 5915";
    /// The private key is of a kind that cannot be checked.
    KeyUnsupported = "key-unsupported", Error, "RFC 8446 section 4.2.3";
    /// An RSA key is shorter than 2048 bits.
    KeyWeak = "key-weak", Error, "NIST SP 800-57 part 1; OpenSSL security level 2";
    /// The parts of the private key do not belong together.
    KeyInconsistent = "key-inconsistent", Error, "RFC 8017 section 3.2; RFC 5915 section 3; RFC 5958 section 2";
    /// The private key does not belong to the leaf certificate.
    KeyMismatch = "key-mismatch", Error, "RFC 5280 section 4.1.2.7";
    /// There is no client certificate.
    CertificateMissing = "certificate-missing", Error, "RFC 8446 section 4.4.2";
    /// A certificate does not follow its format.
    CertificateMalformed = "certificate-malformed", Error, "RFC 5280 section 4.1; X.690 section 10";
    /// There is no CA certificate.
    CaMissing = "ca-missing", Error, "RFC 5280 section 6.1.1 (d)";

    // One certificate.

    /// A certificate of the path has expired.
    CertificateExpired = "certificate-expired", Error, "RFC 5280 section 6.1.3 (a)(2)";
    /// A certificate of the path is not valid yet.
    CertificateNotYetValid = "certificate-not-yet-valid", Error, "RFC 5280 section 6.1.3 (a)(2)";
    /// The leaf's extended key usage does not allow client authentication.
    EkuNoClientAuth = "eku-no-client-auth", Error, "RFC 5280 section 4.2.1.12";
    /// The leaf's extended key usage does not allow server authentication.
    EkuNoServerAuth = "eku-no-server-auth", Error, "RFC 5280 section 4.2.1.12";
    /// The leaf's Netscape certificate type leaves this use out, and OpenSSL refuses it.
    NetscapeCertType = "netscape-cert-type", Error, "OpenSSL, X509_check_purpose";
    /// The leaf's key usage does not allow digital signatures, which the handshake needs.
    KeyUsageNoDigitalSignature = "key-usage-no-digital-signature", Error, "RFC 5280 section 4.2.1.3; RFC 5246 section 7.4.6";
    /// A certificate has a critical extension that is not processed as such, so it is refused.
    UnknownCriticalExtension = "unknown-critical-extension", Error, "RFC 5280 section 4.2";
    /// A certificate is signed with SHA-1 or MD5.
    SignatureWeak = "signature-weak", Error, "RFC 8446 section 4.4.2.4; OpenSSL security level 2";
    /// A certificate's signature algorithm cannot be verified here, so nothing can be said of it.
    SignatureUnsupported = "signature-unsupported", Error, "RFC 5280 section 6.1.3 (a)(1)";

    // The path.

    /// No certificate of the issuer's name is there.
    ChainMissingIssuer = "chain-missing-issuer", Error, "RFC 5280 section 6.1.3 (a)(4)";
    /// The path is complete, but its top is not in the CA input.
    ChainUntrusted = "chain-untrusted", Error, "RFC 5280 section 6.1.1 (d)";
    /// A certificate of the issuer's name is there, but its key did not sign.
    ChainSignatureInvalid = "chain-signature-invalid", Error, "RFC 5280 section 6.1.3 (a)(1)";
    /// An issuer is not a CA: it lacks basicConstraints with cA true.
    ChainIssuerNotCa = "chain-issuer-not-ca", Error, "RFC 5280 section 6.1.4 (k)";
    /// An issuer's key usage does not allow signing certificates.
    ChainNoCertSign = "chain-no-cert-sign", Error, "RFC 5280 section 6.1.4 (n)";
    /// There are more intermediates below a CA than it allows, or than the maximum depth.
    ChainPathLength = "chain-path-length", Error, "RFC 5280 section 6.1.4 (l), (m)";
    /// The extended key usage of an issuer excludes client authentication.
    ChainEku = "chain-eku", Error, "RFC 5280 section 4.2.1.12; CA/Browser Forum BR 7.1.2.10.6";
    /// A name of a certificate is outside of what a CA above it may issue for.
    ChainNameConstraints = "chain-name-constraints", Error, "RFC 5280 section 6.1.3 (b), (c)";
    /// The path is valid for no certificate policy, though one is demanded.
    ChainPolicy = "chain-policy", Error, "RFC 5280 sections 6.1.3 (f), 6.1.4 (a), 6.1.5 (g)";
    /// A certificate's authority key identifier names another certificate than its issuer, so OpenSSL finds no issuer.
    ChainKeyIdentifier = "chain-key-identifier", Error, "RFC 5280 section 4.2.1.1";
    /// The search for a path was given up because the certificates allow too many.
    ChainTooComplex = "chain-too-complex", Error, "certflight's own bound";

    // The origin.

    /// The origin is not an address of the form https://host or https://host:port.
    OriginMalformed = "origin-malformed", Error, "RFC 6454 section 4; RFC 3986 section 3";
    /// The origin's scheme is not https.
    OriginNotHttps = "origin-not-https", Error, "RFC 9110 section 4.2.2";
    /// The origin has a path.
    OriginHasPath = "origin-has-path", Error, "RFC 6454 section 4";
    /// The origin has a query.
    OriginHasQuery = "origin-has-query", Error, "RFC 6454 section 4";
    /// The origin has a fragment.
    OriginHasFragment = "origin-has-fragment", Error, "RFC 6454 section 4";
    /// The origin has a user name or password.
    OriginHasCredentials = "origin-has-credentials", Error, "RFC 9110 section 4.2.4";
    /// The origin's host has a wildcard.
    OriginWildcard = "origin-wildcard", Error, "RFC 6454 section 4";

    // Warnings: mended, or likely to bite.

    /// The line breaks are written as backslash and n.
    PemEscapedNewlines = "pem-escaped-newlines", Warning, "RFC 7468 section 2";
    /// The line breaks are lost.
    PemNewlinesLost = "pem-newlines-lost", Warning, "RFC 7468 section 2";
    /// An END and a BEGIN line are glued together.
    PemGluedBoundaries = "pem-glued-boundaries", Warning, "RFC 7468 section 2";
    /// The PEM lines are indented.
    PemIndented = "pem-indented", Warning, "RFC 7468 section 2";
    /// There is an empty line inside a block.
    PemBlankLines = "pem-blank-lines", Warning, "RFC 7468 section 3";
    /// A BEGIN or END line is not spelt as it should be.
    PemBoundarySpelling = "pem-boundary-spelling", Warning, "RFC 7468 sections 3 and 5";
    /// Quotation marks stand around the text.
    TextQuoted = "text-quoted", Warning, "RFC 7468 section 2";
    /// The text stands inside JSON, YAML, an assignment or another format.
    StructuredInput = "structured-input", Warning, "RFC 7468 section 2";
    /// The text has a byte order mark or is in UTF-16.
    TextEncoding = "text-encoding", Warning, "RFC 7468 section 2";
    /// The input is the base64 of a PEM file or of its content.
    Base64OfPem = "base64-of-pem", Warning, "RFC 4648 section 4";
    /// The input is bare DER, not PEM.
    DerInput = "der-input", Warning, "RFC 7468 section 2";
    /// A certificate carries OpenSSL's label TRUSTED CERTIFICATE.
    TrustedCertificateLabel = "trusted-certificate-label", Warning, "RFC 7468 section 5";
    /// A block's label does not fit what it holds.
    LabelBodyMismatch = "label-body-mismatch", Warning, "RFC 7468 section 2";
    /// A block is neither certificate nor private key and is left out.
    PemUnexpectedBlock = "pem-unexpected-block", Warning, "RFC 7468 section 4";
    /// The leaf is not first, or the intermediates do not follow in the path's order.
    ChainOrder = "chain-order", Warning, "RFC 8446 section 4.4.2; RFC 5246 section 7.4.2";
    /// A certificate stands more than once in an input.
    DuplicateCertificate = "duplicate-certificate", Warning, "RFC 8446 section 4.4.2";
    /// The same private key stands more than once.
    DuplicateKey = "duplicate-key", Warning, "RFC 8446 section 4.4.3";
    /// A certificate of the path expires soon.
    CertificateExpiresSoon = "certificate-expires-soon", Warning, "RFC 5280 section 4.1.2.5";
    /// A certificate is not of version 3.
    CertificateVersion = "certificate-version", Warning, "RFC 5280 section 4.1.2.1";
    /// An extended key usage names only anyExtendedKeyUsage, which OpenSSL refuses.
    EkuAny = "eku-any", Warning, "RFC 5280 section 4.2.1.12";
    /// The leaf is itself a CA certificate.
    LeafIsCa = "leaf-is-ca", Warning, "RFC 5280 section 4.2.1.9";
    /// The leaf is signed by its own key.
    LeafSelfSigned = "leaf-self-signed", Warning, "RFC 5280 section 3.2";
    /// The trust anchor is an intermediate, which stacks without partial chains refuse.
    CaNotSelfSigned = "ca-not-self-signed", Warning, "RFC 5280 section 6.1.1 (d)";
    /// An intermediate is only in the CA input, so the handshake does not send it.
    ChainIntermediateNotSent = "chain-intermediate-not-sent", Warning, "RFC 8446 section 4.4.2";
    /// The origin ends in a slash.
    OriginTrailingSlash = "origin-trailing-slash", Warning, "RFC 6454 section 6.2";
    /// The origin names the default port 443.
    OriginDefaultPort = "origin-default-port", Warning, "RFC 6454 section 6.2";
    /// The origin's host cannot be reached from the public internet.
    OriginPrivateHost = "origin-private-host", Warning, "RFC 6761; RFC 6890";

    /// The new certificate is the one that is in use already.
    RotationSameCertificate = "rotation-same-certificate", Warning, "RFC 5280 section 4.1.2.2";
    /// The new certificate has another subject than the one in use.
    RotationSubjectChanged = "rotation-subject-changed", Warning, "RFC 5280 section 4.1.2.6";
    /// The new certificate has other alternative names than the one in use.
    RotationNamesChanged = "rotation-names-changed", Warning, "RFC 5280 section 4.2.1.6";
    /// Another CA issued the new certificate than the one in use.
    RotationIssuerChanged = "rotation-issuer-changed", Warning, "RFC 5280 section 4.1.2.4";
    /// The new certificate has another extended key usage than the one in use.
    RotationUsageChanged = "rotation-usage-changed", Warning, "RFC 5280 section 4.2.1.12";
    /// The new certificate's key is of another kind or size than that of the one in use.
    RotationKeyTypeChanged = "rotation-key-type-changed", Warning, "RFC 5280 section 4.1.2.7";
    /// The new certificate has the key of the one in use.
    RotationSameKey = "rotation-same-key", Warning, "NIST SP 800-57 part 1 section 5.3";
    /// The certificate in use ends before the new one begins.
    RotationGap = "rotation-gap", Warning, "RFC 5280 section 4.1.2.5";
    /// The new certificate expires before the one in use.
    RotationEndsEarlier = "rotation-ends-earlier", Warning, "RFC 5280 section 4.1.2.5";

    // The profile of RFC 5280: not refused by OpenSSL unless it is told to be strict, by other stacks now and then.

    /// A serial number is not positive, or longer than 20 bytes.
    ProfileSerialNumber = "profile-serial-number", Warning, "RFC 5280 section 4.1.2.2";
    /// A date is not written in the time type of its year.
    ProfileValidityEncoding = "profile-validity-encoding", Warning, "RFC 5280 section 4.1.2.5";
    /// A certificate's issuer field is empty.
    ProfileIssuerEmpty = "profile-issuer-empty", Warning, "RFC 5280 section 4.1.2.4";
    /// A CA's subject is empty, or a leaf's is and no critical alternative name stands in for it.
    ProfileSubjectEmpty = "profile-subject-empty", Warning, "RFC 5280 sections 4.1.2.6, 4.2.1.6";
    /// A certificate writes its issuer's name in other bytes than the issuer does.
    ProfileNameEncoding = "profile-name-encoding", Warning, "RFC 5280 section 4.1.2.6";
    /// A certificate has a unique identifier.
    ProfileUniqueIdentifier = "profile-unique-identifier", Warning, "RFC 5280 section 4.1.2.8";
    /// A certificate that is not self-issued has no authority key identifier, or one without a key identifier in it.
    ProfileAuthorityKeyIdentifier = "profile-authority-key-identifier", Warning, "RFC 5280 section 4.2.1.1";
    /// A CA certificate has no subject key identifier.
    ProfileSubjectKeyIdentifier = "profile-subject-key-identifier", Warning, "RFC 5280 section 4.2.1.2";
    /// A CA certificate has no key usage.
    ProfileKeyUsageMissing = "profile-key-usage-missing", Warning, "RFC 5280 section 4.2.1.3";
    /// A certificate that is no CA's may sign certificates by its key usage.
    ProfileKeyCertSign = "profile-key-cert-sign", Warning, "RFC 5280 section 4.2.1.9";
    /// A certificate policy stands in an extension twice.
    ProfileDuplicatePolicy = "profile-duplicate-policy", Warning, "RFC 5280 section 4.2.1.4";
    /// An entry of a subject alternative name does not follow the syntax of its kind, or there is none.
    ProfileAlternativeName = "profile-alternative-name", Warning, "RFC 5280 section 4.2.1.6";
    /// A CA's basic constraints are not marked critical, or a root has none.
    ProfileBasicConstraints = "profile-basic-constraints", Warning, "RFC 5280 section 4.2.1.9";
    /// A path length stands in a certificate that may not issue others.
    ProfilePathLength = "profile-path-length", Warning, "RFC 5280 section 4.2.1.9";
    /// Name constraints are not marked critical.
    ProfileNameConstraintsCritical = "profile-name-constraints-critical", Warning, "RFC 5280 section 4.2.1.10";
    /// A name constraint does not follow the syntax of its form.
    ProfileNameConstraintsSyntax = "profile-name-constraints-syntax", Warning, "RFC 5280 section 4.2.1.10";
    /// Name constraints are empty.
    ProfileNameConstraintsEmpty = "profile-name-constraints-empty", Warning, "RFC 5280 section 4.2.1.10";
    /// A certificate that is no CA's has name constraints.
    ProfileNameConstraintsLeaf = "profile-name-constraints-leaf", Warning, "RFC 5280 section 4.2.1.10";
    /// Policy constraints are empty or not marked critical.
    ProfilePolicyConstraints = "profile-policy-constraints", Warning, "RFC 5280 section 4.2.1.11";
    /// An inhibitAnyPolicy extension is not marked critical.
    ProfileInhibitAnyPolicy = "profile-inhibit-any-policy", Warning, "RFC 5280 section 4.2.1.14";
    /// The authority information access does not follow its format.
    ProfileAuthorityInformation = "profile-authority-information", Warning, "RFC 5280 section 4.2.2.1";
    /// The bits of an RSA modulus do not fill its bytes.
    ProfileRsaModulus = "profile-rsa-modulus", Warning, "CA/Browser Forum BR 6.1.6";

    // What a probe of the origin saw; certflight-probe finds these.

    /// The origin cannot be reached.
    ProbeUnreachable = "probe-unreachable", Error, "RFC 9293 section 3.5; RFC 9110 section 9.3.6";
    /// The origin took the connection and did not answer in time.
    ProbeSilent = "probe-silent", Error, "certflight's own bound";
    /// What answers at the origin does not speak TLS as specified, or says more than is read.
    ProbeTlsFailed = "probe-tls-failed", Error, "RFC 8446 section 6; certflight's own bound";
    /// The origin and the probe have no TLS version, cipher suite or protocol in common.
    ProbeNoCommonTls = "probe-no-common-tls", Error, "RFC 8446 section 4.1.1; RFC 7301 section 3.2";
    /// The origin asks for no client certificate.
    ProbeNotRequested = "probe-not-requested", Error, "RFC 8446 section 4.3.2; RFC 5246 section 7.4.4";
    /// The origin takes no signature that the private key can make.
    ProbeSchemeNotTaken = "probe-scheme-not-taken", Error, "RFC 8446 section 4.2.3; RFC 5246 section 7.4.4";
    /// The probe had no certificate and key that it could present.
    ProbeNotPresented = "probe-not-presented", Error, "RFC 8446 section 4.4.3";
    /// The origin refuses the certificate: it knows no CA that issued it.
    ProbeUnknownCa = "probe-unknown-ca", Error, "RFC 8446 section 6.2, unknown_ca";
    /// The origin refuses the certificate without saying more than that it is bad.
    ProbeBadCertificate = "probe-bad-certificate", Error, "RFC 8446 section 6.2, bad_certificate";
    /// The origin refuses the certificate as expired or not yet valid.
    ProbeCertificateExpired = "probe-certificate-expired", Error, "RFC 8446 section 6.2, certificate_expired";
    /// The origin refuses the certificate as revoked.
    ProbeCertificateRevoked = "probe-certificate-revoked", Error, "RFC 8446 section 6.2, certificate_revoked";
    /// The origin refuses the certificate as of a kind or for a purpose that it does not take.
    ProbeUnsupportedCertificate = "probe-unsupported-certificate", Error, "RFC 8446 section 6.2, unsupported_certificate";
    /// The origin refuses the certificate for a reason that it does not tell.
    ProbeCertificateUnknown = "probe-certificate-unknown", Error, "RFC 8446 section 6.2, certificate_unknown";
    /// The origin denies access to the certificate.
    ProbeAccessDenied = "probe-access-denied", Error, "RFC 8446 section 6.2, access_denied";
    /// The origin cannot verify the signature by the certificate's key, or one on the certificate's path.
    ProbeSignatureRefused = "probe-signature-refused", Error, "RFC 8446 section 6.2, decrypt_error";
    /// The origin says that it got no certificate, though one was presented.
    ProbeCertificateRequired = "probe-certificate-required", Error, "RFC 8446 section 6.2, certificate_required";
    /// The origin asked for the certificate and then ended the handshake without a reason.
    ProbeHandshakeFailure = "probe-handshake-failure", Error, "RFC 8446 section 6.2, handshake_failure";
    /// The origin cut the connection once the certificate was presented.
    ProbeReset = "probe-reset", Error, "RFC 8446 section 6.1; RFC 9293 section 3.5.2";
    /// The origin ended the connection with an alert that no other code is for.
    ProbeAlert = "probe-alert", Error, "RFC 8446 section 6.2";
    /// The origin refuses the certificate in an HTTP answer.
    ProbeHttpRefused = "probe-http-refused", Error, "RFC 9110 section 15.5.1; nginx, ngx_http_ssl_module";
    /// The origin answers with an error of HTTP, so what it makes of the certificate cannot be told.
    ProbeHttpError = "probe-http-error", Error, "RFC 9110 sections 15.5, 15.6";
    /// The origin's own certificate verifies neither by the public roots nor by the CA input.
    ProbeServerUntrusted = "probe-server-untrusted", Error, "RFC 5280 section 6.1; RFC 9525";
    /// The origin's own certificate verifies by the CA input alone.
    ProbeServerByCa = "probe-server-by-ca", Warning, "RFC 5280 section 6.1; RFC 9525";
    /// The origin answers the same without a certificate.
    ProbeNotRequired = "probe-not-required", Warning, "RFC 8446 section 4.4.2.4";
    /// The origin names the CAs that it takes, and none of them is on the certificate's path.
    ProbeCaNotListed = "probe-ca-not-listed", Warning, "RFC 8446 section 4.2.4; RFC 5246 section 7.4.4";
    /// The origin asks to negotiate again, which the probe does not do.
    ProbeRenegotiation = "probe-renegotiation", Warning, "RFC 5246 section 7.4.1.1; RFC 8446 section 4.6.2";
    /// Under TLS 1.2 the origin comes to another end than under TLS 1.3.
    ProbeVersionsDiffer = "probe-versions-differ", Warning, "RFC 8446 section 4.1.3";
    /// The origin takes the handshake and gives no HTTP answer.
    ProbeNoHttp = "probe-no-http", Warning, "RFC 9112 section 2";

    // Worth knowing.

    /// A container or an encrypted key was opened.
    ContainerOpened = "container-opened", Info, "RFC 7292; RFC 5652; RFC 5958 section 3";
    /// A certificate or key of the files has no place in the upload and is left out.
    ObjectUnused = "object-unused", Info, "RFC 8446 section 4.4.2";
    /// Text around the PEM blocks is left out.
    PemStrayText = "pem-stray-text", Info, "RFC 7468 section 2";
    /// A self-signed CA certificate is among the certificates to send.
    RootInCert = "root-in-cert", Info, "RFC 8446 section 4.4.2";
    /// A certificate in the CA input is not on the path.
    CaUnused = "ca-unused", Info, "RFC 5280 section 6.1.1 (d)";
    /// There is no origin, so the certificate becomes the project's own for every origin.
    OriginMissing = "origin-missing", Info, "the API's reference";
    /// The origin is written in its canonical form.
    OriginNormalized = "origin-normalized", Info, "RFC 6454 section 4; RFC 5891";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no code's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCode;

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no finding has this code")
    }
}

impl std::error::Error for UnknownCode {}

impl FromStr for Code {
    type Err = UnknownCode;

    /// Finds the code of a stable name, letter by letter.
    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        Code::ALL.iter().copied().find(|code| code.name() == name).ok_or(UnknownCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_parse_back() {
        for (i, code) in Code::ALL.iter().enumerate() {
            assert_eq!(code.name().parse(), Ok(*code));
            assert!(Code::ALL.iter().take(i).all(|other| other.name() != code.name()), "{code} stands twice");
        }
    }

    #[test]
    fn every_page_opens_with_its_code_and_has_the_five_parts() {
        for code in Code::ALL {
            let page = code.page();
            assert!(page.starts_with(&format!("# {code}\n")), "{code}");
            for part in ["## What it means", "## How it comes about", "## How to mend it", "## Who refuses it", "## Reference"] {
                let body =
                    page.split_once(&format!("\n{part}\n")).map(|(_, rest)| rest.split("\n## ").next().unwrap_or_default().trim());
                assert!(body.is_some_and(|body| !body.is_empty()), "{code} lacks {part:?}");
            }
            assert!(page.contains(code.reference()), "{code}: the page does not name its reference");
        }
    }

    #[test]
    fn a_severity_and_an_unknown_code_have_words() {
        assert_eq!(
            [Severity::Error, Severity::Warning, Severity::Info].map(|severity| severity.to_string()),
            ["error", "warning", "info"]
        );
        assert!("no-such-code".parse::<Code>().unwrap_err().to_string().contains("code"));
    }
}
