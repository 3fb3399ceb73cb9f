//! The extensions of a certificate (RFC 5280 section 4.2), and which of them are processed.

use crate::general_name::GeneralName;
use crate::name::Name;
use crate::policy_id::PolicyId;
use crate::read::der;
use crate::text::{self, Escaped};
use x509_parser::der_parser::asn1_rs::{Oid, oid};
use x509_parser::extensions::{GeneralName as ParsedName, GeneralSubtree, ParsedExtension, X509Extension};

/// A value, and whether its extension is marked critical.
#[derive(Clone, Debug)]
pub(crate) struct Marked<T> {
    pub(crate) critical: bool,
    pub(crate) value: T,
}

/// Section 4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_len: Option<u32>,
}

/// Section 4.2.1.3, the bits that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUsage {
    pub(crate) digital_signature: bool,
    pub(crate) key_cert_sign: bool,
    /// All of them, the first in the lowest bit.
    flags: u16,
}

impl KeyUsage {
    /// The bits that are set, by their names in the clause.
    pub(crate) fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        NAMES.into_iter().enumerate().filter(|(bit, _)| self.flags >> bit & 1 == 1).map(|(_, name)| name).collect()
    }
}

/// Section 4.2.1.12, the purposes that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtendedKeyUsage {
    pub(crate) any: bool,
    pub(crate) client_auth: bool,
    pub(crate) server_auth: bool,
    /// The others, by name or in dotted form.
    others: Vec<String>,
}

impl ExtendedKeyUsage {
    /// All purposes, by their names in the clause or in dotted form.
    pub(crate) fn names(&self) -> Vec<String> {
        let named = [(self.any, "anyExtendedKeyUsage"), (self.client_auth, "clientAuth"), (self.server_auth, "serverAuth")];
        let named = named.into_iter().filter(|(there, _)| *there).map(|(_, name)| name.to_owned());
        named.chain(self.others.iter().cloned()).collect()
    }
}

/// Netscape's certificate type, the bits that matter here. Older than extendedKeyUsage, and OpenSSL still holds a leaf to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NetscapeType {
    pub(crate) client: bool,
    pub(crate) server: bool,
}

/// Section 4.2.1.10.
#[derive(Clone, Debug)]
pub(crate) struct NameConstraints {
    pub(crate) permitted: Vec<GeneralName>,
    pub(crate) excluded: Vec<GeneralName>,
}

/// Section 4.2.1.11.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyConstraints {
    pub(crate) require_explicit: Option<u32>,
    pub(crate) inhibit_mapping: Option<u32>,
}

/// Section 4.2.1.5: a policy of the issuer's domain, and one of the subject's that counts as the same.
#[derive(Clone, Debug)]
pub(crate) struct PolicyMapping {
    pub(crate) issuer: PolicyId,
    pub(crate) subject: PolicyId,
}

/// Section 4.2.1.1.
#[derive(Clone, Debug)]
pub(crate) struct AuthorityKeyId {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) serial: Option<Vec<u8>>,
    pub(crate) issuer: Option<Name>,
}

/// Section 4.2.2.1.
#[derive(Clone, Debug)]
pub(crate) enum AuthorityInformation {
    /// Where the issuer's certificate can be fetched, escaped, if it says so.
    Issuer(Option<String>),
    Malformed,
}

/// The extensions that bind a path (RFC 5280 section 6.1), say whose key it is, or what OpenSSL holds a leaf to: what is wrong in them is wrong with the
/// certificate, critical or not.
const BINDING: [&[u8]; 12] = [
    &oid!(raw 2.5.29.14),             // subjectKeyIdentifier
    &oid!(raw 2.5.29.15),             // keyUsage
    &oid!(raw 2.5.29.17),             // subjectAltName
    &oid!(raw 2.5.29.19),             // basicConstraints
    &oid!(raw 2.5.29.30),             // nameConstraints
    &oid!(raw 2.5.29.32),             // certificatePolicies
    &oid!(raw 2.5.29.33),             // policyMappings
    &oid!(raw 2.5.29.35),             // authorityKeyIdentifier
    &oid!(raw 2.5.29.36),             // policyConstraints
    &oid!(raw 2.5.29.37),             // extKeyUsage
    &oid!(raw 2.5.29.54),             // inhibitAnyPolicy
    &oid!(raw 2.16.840.1.113730.1.1), // Netscape's certificate type
];

/// It says that an OCSP responder need not be asked about its own certificate (RFC 6960 section 4.2.2.2.1), so there is nothing to process.
const OCSP_NO_CHECK: &[u8] = &oid!(raw 1.3.6.1.5.5.7.48.1.5);

const AUTHORITY_INFORMATION_ACCESS: &[u8] = &oid!(raw 1.3.6.1.5.5.7.1.1);

/// What the extensions of one certificate say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) basic_constraints: Option<Marked<BasicConstraints>>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(crate) netscape_type: Option<NetscapeType>,
    pub(crate) subject_alt_name: Option<Marked<Vec<GeneralName>>>,
    pub(crate) name_constraints: Option<Marked<NameConstraints>>,
    pub(crate) certificate_policies: Option<Vec<PolicyId>>,
    pub(crate) policy_mappings: Vec<PolicyMapping>,
    pub(crate) policy_constraints: Option<Marked<PolicyConstraints>>,
    pub(crate) inhibit_any_policy: Option<Marked<u32>>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) authority_key_id: Option<AuthorityKeyId>,
    pub(crate) authority_information: Option<AuthorityInformation>,
    /// Critical ones that are not processed, or not as critical ones, by name.
    pub(crate) unprocessed: Vec<String>,
}

impl Extensions {
    /// Reads the values. The error says which one does not follow its format.
    pub(crate) fn new(list: &[X509Extension<'_>]) -> Result<Self, String> {
        let mut extensions = Extensions::default();
        for extension in list {
            let parsed = extension.parsed_extension();
            let id = &extension.oid;
            // x509-parser does not look at what follows the value. In an extension that binds nothing, that does not matter.
            let whole = !matches!(parsed, ParsedExtension::ParseError { .. }) && der::well_formed(extension.value).is_ok();
            let read =
                (whole || !BINDING.contains(&id.as_bytes())) && extensions.take(id, extension.critical, parsed, whole).is_some();
            if !read {
                return Err(format!("its extension {} does not follow its format", text::oid(id)));
            }
        }
        Ok(extensions)
    }

    /// `None` where a value is malformed.
    fn take(&mut self, id: &Oid<'_>, critical: bool, parsed: &ParsedExtension<'_>, whole: bool) -> Option<()> {
        // RFC 5280 does not want these critical, and OpenSSL refuses them when they are.
        let mut not_as_critical = |name: &str| {
            if critical {
                self.unprocessed.push(format!("a critical {name} ({})", text::oid(id)));
            }
        };
        match parsed {
            ParsedExtension::BasicConstraints(constraints) => {
                let value = BasicConstraints { ca: constraints.ca, path_len: constraints.path_len_constraint };
                self.basic_constraints = Some(Marked { critical, value });
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUsage {
                    digital_signature: usage.digital_signature(),
                    key_cert_sign: usage.key_cert_sign(),
                    flags: usage.flags,
                });
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let named = [
                    (usage.code_signing, "codeSigning"),
                    (usage.email_protection, "emailProtection"),
                    (usage.time_stamping, "timeStamping"),
                    (usage.ocsp_signing, "OCSPSigning"),
                ];
                let named = named.into_iter().filter(|(there, _)| *there).map(|(_, name)| name.to_owned());
                let others = named.chain(usage.other.iter().map(text::oid)).collect();
                let (any, client_auth, server_auth) = (usage.any, usage.client_auth, usage.server_auth);
                self.extended_key_usage = Some(ExtendedKeyUsage { any, client_auth, server_auth, others });
            }
            ParsedExtension::NSCertType(kind) => {
                self.netscape_type = Some(NetscapeType { client: kind.ssl_client(), server: kind.ssl_server() });
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                let value = names.general_names.iter().map(GeneralName::new).collect::<Option<_>>()?;
                self.subject_alt_name = Some(Marked { critical, value });
            }
            ParsedExtension::NameConstraints(constraints) => {
                let value = NameConstraints {
                    permitted: subtrees(constraints.permitted_subtrees.as_deref())?,
                    excluded: subtrees(constraints.excluded_subtrees.as_deref())?,
                };
                self.name_constraints = Some(Marked { critical, value });
            }
            ParsedExtension::CertificatePolicies(policies) => {
                let ids = policies.iter().map(|policy| PolicyId::from_der(policy.policy_id.as_bytes()));
                self.certificate_policies = Some(ids.collect());
            }
            ParsedExtension::PolicyMappings(list) => {
                let ids = list.mappings.iter().map(|mapping| PolicyMapping {
                    issuer: PolicyId::from_der(mapping.issuer_domain_policy.as_bytes()),
                    subject: PolicyId::from_der(mapping.subject_domain_policy.as_bytes()),
                });
                self.policy_mappings = ids.collect();
            }
            ParsedExtension::PolicyConstraints(constraints) => {
                let value = PolicyConstraints {
                    require_explicit: constraints.require_explicit_policy,
                    inhibit_mapping: constraints.inhibit_policy_mapping,
                };
                self.policy_constraints = Some(Marked { critical, value });
            }
            ParsedExtension::InhibitAnyPolicy(inhibit) => {
                self.inhibit_any_policy = Some(Marked { critical, value: inhibit.skip_certs });
            }
            ParsedExtension::SubjectKeyIdentifier(key) => {
                not_as_critical("subject key identifier");
                self.subject_key_id = Some(key.0.to_vec());
            }
            ParsedExtension::AuthorityKeyIdentifier(authority) => {
                not_as_critical("authority key identifier");
                let issuer = authority.authority_cert_issuer.iter().flatten().find_map(|name| match name {
                    ParsedName::DirectoryName(name) => Some(Name::new(name)),
                    _ => None,
                });
                self.authority_key_id = Some(AuthorityKeyId {
                    key: authority.key_identifier.as_ref().map(|key| key.0.to_vec()),
                    serial: authority.authority_cert_serial.map(<[u8]>::to_vec),
                    issuer,
                });
            }
            ParsedExtension::AuthorityInfoAccess(access) if whole && !access.accessdescs.is_empty() => {
                not_as_critical("authority information access");
                const CA_ISSUERS: &[u8] = &oid!(raw 1.3.6.1.5.5.7.48.2);
                let issuers = access.accessdescs.iter().filter(|d| d.access_method.as_bytes() == CA_ISSUERS);
                let address = issuers.into_iter().find_map(|description| match &description.access_location {
                    ParsedName::URI(address) => Some(Escaped(address).to_string()),
                    _ => None,
                });
                self.authority_information = Some(AuthorityInformation::Issuer(address));
            }
            _ if id.as_bytes() == AUTHORITY_INFORMATION_ACCESS => {
                not_as_critical("authority information access");
                self.authority_information = Some(AuthorityInformation::Malformed);
            }
            // Revocation is not checked, and says so.
            ParsedExtension::CRLDistributionPoints(_) => {}
            _ if id.as_bytes() == OCSP_NO_CHECK => {}
            _ if critical => self.unprocessed.push(text::oid(id)),
            _ => {}
        }
        Some(())
    }
}

fn subtrees(list: Option<&[GeneralSubtree<'_>]>) -> Option<Vec<GeneralName>> {
    list.unwrap_or_default().iter().map(|subtree| GeneralName::new(&subtree.base)).collect()
}
