//! Certificates from a plan.

use crate::plan::{Constraint, Eku, Names, Plan, What};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, SerialNumber, date_time_ymd,
};
use std::sync::LazyLock;

/// In DER.
pub(crate) struct Pki {
    pub(crate) leaf: Vec<u8>,
    pub(crate) intermediates: Vec<Vec<u8>>,
    pub(crate) anchors: Vec<Vec<u8>>,
    pub(crate) key: String,
}

const POSITIONS: usize = 4;

/// One for each position, and one more.
static KEYS: LazyLock<Vec<KeyPair>> = LazyLock::new(|| (0..=POSITIONS).map(|_| KeyPair::generate().unwrap()).collect());

/// Below 2.5.29.
fn extension(arc: u64, content: &[u8]) -> CustomExtension {
    CustomExtension::from_oid_content(&[2, 5, 29, arc], content.to_vec())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat()
}

fn critical(mut extension: CustomExtension) -> CustomExtension {
    extension.set_criticality(true);
    extension
}

fn name(position: usize) -> String {
    match position {
        0 => "Example Client".to_owned(),
        _ => format!("Example CA {position}"),
    }
}

/// The sound certificate of a position, before the changes.
fn sound(position: usize) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name(position));
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params.serial_number = Some(SerialNumber::from(0x1000 + position as u64));
    params.use_authority_key_identifier_extension = true;
    if position == 0 {
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    } else {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    }
    params
}

fn changed(plan: &Plan, position: usize) -> CertificateParams {
    let mut params = sound(position);
    for change in plan.changes.iter().filter(|change| change.at == position) {
        apply(change.what, position, &mut params);
    }
    params
}

fn apply(what: What, position: usize, params: &mut CertificateParams) {
    const POLICIES: &[u8] = &[0x30, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03];
    let mut push = |extension| params.custom_extensions.push(extension);
    match what {
        What::Expired => params.not_after = date_time_ymd(2025, 1, 1),
        What::NotYetValid => params.not_before = date_time_ymd(2027, 1, 1),
        What::CaFalse => params.is_ca = IsCa::ExplicitNoCa,
        What::CaTrue => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        What::NoBasicConstraints => params.is_ca = IsCa::NoCa,
        What::PathLength(length) => params.is_ca = IsCa::Ca(BasicConstraints::Constrained(length)),
        What::NoKeyUsage => params.key_usages.clear(),
        What::OtherKeyUsage => params.key_usages = vec![KeyUsagePurpose::CrlSign],
        What::KeyAgreement => params.key_usages = vec![KeyUsagePurpose::KeyAgreement],
        What::Eku(eku) => {
            params.extended_key_usages = match eku {
                Eku::None | Eku::Empty => vec![],
                Eku::Any => vec![ExtendedKeyUsagePurpose::Any],
                Eku::Server => vec![ExtendedKeyUsagePurpose::ServerAuth],
                Eku::ClientAndServer => vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth],
            };
            if eku == Eku::Empty {
                params.custom_extensions.push(extension(37, &[0x30, 0x00]));
            }
        }
        What::NetscapeServer => {
            let oid = [2, 16, 840, 1, 113730, 1, 1];
            push(CustomExtension::from_oid_content(&oid, vec![0x03, 0x02, 0x06, 0x40]));
        }
        What::NoKeyIdentifiers | What::OtherKeyIdentifier | What::CriticalKeyIdentifier => {
            let identifier = tlv(0x30, &tlv(0x80, if what == What::OtherKeyIdentifier { &[1; 20] } else { &[0; 20] }));
            params.use_authority_key_identifier_extension = false;
            match what {
                What::OtherKeyIdentifier => params.custom_extensions.push(extension(35, &identifier)),
                // Without a key identifier it names nothing.
                What::CriticalKeyIdentifier => params.custom_extensions.push(critical(extension(35, &[0x30, 0x00]))),
                _ => {}
            }
        }
        What::UnknownCritical => push(critical(CustomExtension::from_oid_content(&[2, 999, 1], vec![0x05, 0x00]))),
        What::UnknownExtension => push(CustomExtension::from_oid_content(&[2, 999, 1], vec![0x05, 0x00])),
        What::DuplicateExtension => (0..2).for_each(|_| push(extension(32, POLICIES))),
        What::Names(names) => self::names(names, params),
        What::Constraint(constraint) => constraints(constraint, params),
        What::SerialZero => params.serial_number = Some(SerialNumber::from_slice(&[0])),
        What::LongSerial => params.serial_number = Some(SerialNumber::from_slice(&[0x11; 24])),
        What::Policy => push(extension(32, POLICIES)),
        What::CriticalPolicy => push(critical(extension(32, POLICIES))),
        What::RequirePolicy => push(critical(extension(36, &[0x30, 0x03, 0x80, 0x01, 0x00]))),
        What::MapsAnyPolicy => {
            let any = tlv(0x06, &[0x55, 0x1d, 0x20, 0x00]);
            push(extension(33, &tlv(0x30, &tlv(0x30, &[any, tlv(0x06, &[0x2a, 0x03])].concat()))));
        }
        What::SelfIssued if position > 0 => {
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, name(position + 1));
        }
        // These change how it is issued, or what is given.
        What::SelfIssued
        | What::OtherIssuerName
        | What::IssuerCase
        | What::IssuerType
        | What::OtherKey
        | What::FlippedSignature
        | What::Missing
        | What::Decoy
        | What::ExpiredTwin
        | What::ConstrainedTwin
        | What::Anchor
        | What::SelfSigned => {}
    }
}

fn names(names: Names, params: &mut CertificateParams) {
    let mut san = |name| params.subject_alt_names.push(name);
    match names {
        Names::Dns => san(SanType::DnsName("a.example.com".try_into().unwrap())),
        Names::OtherDns => san(SanType::DnsName("a.example.org".try_into().unwrap())),
        Names::Wildcard => san(SanType::DnsName("*.example.com".try_into().unwrap())),
        Names::Email => san(SanType::Rfc822Name("a@example.com".try_into().unwrap())),
        Names::Uri => san(SanType::URI("https://a.example.com/".try_into().unwrap())),
        Names::UriWithoutHost => san(SanType::URI("urn:example:a".try_into().unwrap())),
        Names::Ip => san(SanType::IpAddress("192.0.2.7".parse().unwrap())),
        Names::MalformedDns => san(SanType::DnsName(".a..example.com".try_into().unwrap())),
        Names::EmailInSubject => {
            let kind = DnType::CustomDnType(vec![1, 2, 840, 113549, 1, 9, 1]);
            params.distinguished_name.push(kind, DnValue::Ia5String("a@example.com".try_into().unwrap()));
        }
        Names::HostInCommonName => {
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, "a.example.com");
        }
        // GeneralNames with a directoryName of one organizationName.
        Names::Directory => {
            let attribute = tlv(0x30, &[tlv(0x06, &[0x55, 0x04, 0x0a]), tlv(0x0c, b"Example")].concat());
            let name = tlv(0x30, &tlv(0x31, &attribute));
            params.custom_extensions.push(extension(17, &tlv(0x30, &tlv(0xa4, &name))));
        }
    }
}

/// A constraint for URIs, which rcgen does not write: nameConstraints with the one subtree on this side.
fn uri_constraint(side: u8) -> CustomExtension {
    critical(extension(30, &tlv(0x30, &tlv(side, &tlv(0x30, &tlv(0x86, b"a.example.com"))))))
}

fn constraints(constraint: Constraint, params: &mut CertificateParams) {
    let dns = |host: &str| GeneralSubtree::DnsName(host.into());
    let directory = || {
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, "Example");
        GeneralSubtree::DirectoryName(name)
    };
    let ip = || GeneralSubtree::IpAddress(CidrSubnet::V4([192, 0, 2, 0], [255, 255, 255, 0]));
    let (permitted, excluded) = match constraint {
        Constraint::PermitDns => (vec![dns("example.com")], vec![]),
        Constraint::PermitDnsBelow => (vec![dns(".example.com")], vec![]),
        Constraint::ExcludeDns => (vec![], vec![dns("example.com")]),
        Constraint::ExcludeOneHost => (vec![], vec![dns("b.example.com")]),
        Constraint::PermitEmail => (vec![GeneralSubtree::Rfc822Name("example.com".into())], vec![]),
        Constraint::ExcludeEmail => (vec![], vec![GeneralSubtree::Rfc822Name("example.com".into())]),
        Constraint::PermitIp => (vec![ip()], vec![]),
        Constraint::ExcludeIp => (vec![], vec![ip()]),
        Constraint::PermitDirectory => (vec![directory()], vec![]),
        Constraint::ExcludeDirectory => (vec![], vec![directory()]),
        Constraint::ExcludeNoDns => (vec![], vec![dns("example.net")]),
        Constraint::MalformedDns => (vec![dns("*.example.com")], vec![]),
        Constraint::PermitUri => return params.custom_extensions.push(uri_constraint(0xa0)),
        Constraint::ExcludeUri => return params.custom_extensions.push(uri_constraint(0xa1)),
        Constraint::NotCritical => {
            let subtree = tlv(0x30, &tlv(0x82, b"example.com"));
            return params.custom_extensions.push(extension(30, &tlv(0x30, &tlv(0xa0, &subtree))));
        }
    };
    params.name_constraints = Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded });
}

/// The certificate of a position as the plan has it issued.
fn issue(plan: &Plan, position: usize, params: &CertificateParams, key: &KeyPair) -> Vec<u8> {
    let above = if position == plan.root() || plan.has(position, What::SelfSigned) { position } else { position + 1 };
    let mut issuer = changed(plan, above);
    let mut common_name = |value: DnValue| {
        issuer.distinguished_name = DistinguishedName::new();
        issuer.distinguished_name.push(DnType::CommonName, value);
    };
    if plan.has(position, What::OtherIssuerName) {
        common_name("Another CA".into());
    } else if plan.has(position, What::IssuerCase) {
        common_name(name(above).to_uppercase().into());
    } else if plan.has(position, What::IssuerType) {
        common_name(DnValue::PrintableString(name(above).try_into().unwrap()));
    }
    let issuer_key = if plan.has(position, What::OtherKey) { &KEYS[POSITIONS] } else { &KEYS[above] };
    let mut der = params.signed_by(key, &Issuer::from_params(&issuer, issuer_key)).unwrap().der().to_vec();
    if plan.has(position, What::FlippedSignature) {
        *der.last_mut().unwrap() ^= 1;
    }
    der
}

pub(crate) fn pki(plan: &Plan) -> Pki {
    let mut given: Vec<Vec<Vec<u8>>> = Vec::new();
    for position in 0..=plan.root() {
        let params = changed(plan, position);
        let mut certificates = vec![issue(plan, position, &params, &KEYS[position])];
        if plan.has(position, What::Missing) && position > 0 {
            certificates.clear();
        }
        let mut before = |params: &CertificateParams, key| certificates.insert(0, issue(plan, position, params, key));
        if position > 0 && plan.has(position, What::Decoy) {
            before(&params, &KEYS[POSITIONS]);
        }
        if position > 0 && plan.has(position, What::ExpiredTwin) {
            let mut twin = params.clone();
            apply(What::Expired, position, &mut twin);
            before(&twin, &KEYS[position]);
        }
        if position > 0 && plan.has(position, What::ConstrainedTwin) {
            let mut twin = params.clone();
            twin.name_constraints = None;
            twin.custom_extensions.retain(|extension| extension.oid_components().collect::<Vec<_>>() != [2, 5, 29, 30]);
            constraints(Constraint::PermitDirectory, &mut twin);
            before(&twin, &KEYS[position]);
        }
        given.push(certificates);
    }
    let anchors = given.get(plan.anchor()).cloned().unwrap_or_default();
    let intermediates = given.iter().skip(1).take(plan.anchor().saturating_sub(1)).flatten().cloned().collect();
    Pki { leaf: given[0][0].clone(), intermediates, anchors, key: KEYS[0].serialize_pem() }
}
