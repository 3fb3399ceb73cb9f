//! What a generated PKI is like: a chain that is sound, and what is changed in it.

use proptest::prelude::*;

/// A change at one certificate. Position 0 is the leaf, the highest one the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at: usize,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Expired,
    NotYetValid,
    CaFalse,
    CaTrue,
    NoBasicConstraints,
    PathLength(u8),
    NoKeyUsage,
    /// Without keyCertSign of a CA, without digitalSignature of a leaf.
    OtherKeyUsage,
    KeyAgreement,
    Eku(Eku),
    NetscapeServer,
    /// The issuer field has another name.
    OtherIssuerName,
    /// The issuer field is written in capitals.
    IssuerCase,
    /// The issuer field is of another string type.
    IssuerType,
    /// The subject is the issuer's, too.
    SelfIssued,
    /// Another key of the issuer's name signed.
    OtherKey,
    FlippedSignature,
    Missing,
    /// A certificate of its name with another key stands before it.
    Decoy,
    /// One with its key, which has expired, stands before it.
    ExpiredTwin,
    /// One with its key, whose name constraints forbid the leaf, stands before it.
    ConstrainedTwin,
    NoKeyIdentifiers,
    OtherKeyIdentifier,
    CriticalKeyIdentifier,
    UnknownCritical,
    UnknownExtension,
    DuplicateExtension,
    Names(Names),
    Constraint(Constraint),
    SerialZero,
    LongSerial,
    Policy,
    CriticalPolicy,
    RequirePolicy,
    MapsAnyPolicy,
    /// It is the only trust anchor.
    Anchor,
    SelfSigned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eku {
    None,
    Empty,
    Any,
    Server,
    ClientAndServer,
}

/// The names of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Dns,
    OtherDns,
    Wildcard,
    Email,
    Uri,
    UriWithoutHost,
    Ip,
    EmailInSubject,
    HostInCommonName,
    MalformedDns,
    Directory,
}

/// The name constraints of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    PermitDns,
    PermitDnsBelow,
    ExcludeDns,
    ExcludeOneHost,
    PermitEmail,
    ExcludeEmail,
    PermitUri,
    ExcludeUri,
    PermitIp,
    ExcludeIp,
    PermitDirectory,
    ExcludeDirectory,
    ExcludeNoDns,
    MalformedDns,
    NotCritical,
}

use What::*;

const ALL: &[What] = &[
    Expired,
    NotYetValid,
    CaFalse,
    CaTrue,
    NoBasicConstraints,
    PathLength(0),
    PathLength(1),
    NoKeyUsage,
    OtherKeyUsage,
    KeyAgreement,
    Eku(self::Eku::None),
    Eku(self::Eku::Empty),
    Eku(self::Eku::Any),
    Eku(self::Eku::Server),
    Eku(self::Eku::ClientAndServer),
    NetscapeServer,
    OtherIssuerName,
    IssuerCase,
    IssuerType,
    SelfIssued,
    OtherKey,
    FlippedSignature,
    Missing,
    Decoy,
    ExpiredTwin,
    ConstrainedTwin,
    NoKeyIdentifiers,
    OtherKeyIdentifier,
    CriticalKeyIdentifier,
    UnknownCritical,
    UnknownExtension,
    DuplicateExtension,
    Names(self::Names::Dns),
    Names(self::Names::OtherDns),
    Names(self::Names::Wildcard),
    Names(self::Names::Email),
    Names(self::Names::Uri),
    Names(self::Names::UriWithoutHost),
    Names(self::Names::Ip),
    Names(self::Names::EmailInSubject),
    Names(self::Names::HostInCommonName),
    Names(self::Names::MalformedDns),
    Names(self::Names::Directory),
    Constraint(self::Constraint::PermitDns),
    Constraint(self::Constraint::PermitDnsBelow),
    Constraint(self::Constraint::ExcludeDns),
    Constraint(self::Constraint::ExcludeOneHost),
    Constraint(self::Constraint::PermitEmail),
    Constraint(self::Constraint::ExcludeEmail),
    Constraint(self::Constraint::PermitUri),
    Constraint(self::Constraint::ExcludeUri),
    Constraint(self::Constraint::PermitIp),
    Constraint(self::Constraint::ExcludeIp),
    Constraint(self::Constraint::PermitDirectory),
    Constraint(self::Constraint::ExcludeDirectory),
    Constraint(self::Constraint::ExcludeNoDns),
    Constraint(self::Constraint::MalformedDns),
    Constraint(self::Constraint::NotCritical),
    SerialZero,
    LongSerial,
    Policy,
    CriticalPolicy,
    RequirePolicy,
    MapsAnyPolicy,
    Anchor,
    SelfSigned,
];

/// A chain of a leaf, so many intermediates, and a root, with up to two changes.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) intermediates: usize,
    pub(crate) changes: Vec<Change>,
}

impl Plan {
    pub(crate) fn root(&self) -> usize {
        self.intermediates + 1
    }

    pub(crate) fn has(&self, at: usize, what: What) -> bool {
        self.changes.contains(&Change { at, what })
    }

    /// Whether a change for which `holds` is made somewhere.
    pub(crate) fn any(&self, holds: impl Fn(usize, What) -> bool) -> bool {
        self.changes.iter().any(|change| holds(change.at, change.what))
    }

    /// The position of the highest certificate of the path: the root, unless another one is the anchor.
    pub(crate) fn anchor(&self) -> usize {
        let given = self.changes.iter().find(|change| matches!(change.what, Anchor | SelfSigned));
        given.map_or(self.root(), |change| change.at)
    }

    /// Whether a position is validated as part of the path. The leaf is, even where it is its own anchor.
    pub(crate) fn is_below_anchor(&self, at: usize) -> bool {
        at == 0 || at < self.anchor()
    }
}

/// Every change at every place, alone.
pub(crate) fn single() -> Vec<Plan> {
    let plan = |intermediates: usize| {
        let changes = ALL.iter().flat_map(move |&what| (0..=intermediates + 1).map(move |at| Change { at, what }));
        changes.map(move |change| Plan { intermediates, changes: vec![change] })
    };
    let sound = (0..=2).map(|intermediates| Plan { intermediates, changes: Vec::new() });
    sound.chain((0..=2).flat_map(plan)).collect()
}

/// Names below a constraint, each pair of them, which chance would seldom bring together.
pub(crate) fn names_and_constraints() -> Vec<Plan> {
    let names = ALL.iter().copied().filter(|what| matches!(what, Names(_)));
    let pairs = names.flat_map(|names| {
        let constraints = ALL.iter().copied().filter(|what| matches!(what, Constraint(_)));
        constraints.map(move |constraint| (names, constraint))
    });
    let at = |at, what| Change { at, what };
    pairs.map(|(names, constraint)| Plan { intermediates: 1, changes: vec![at(0, names), at(1, constraint)] }).collect()
}

/// Two changes anywhere.
pub(crate) fn double() -> impl Strategy<Value = Plan> {
    let change = || (0..4_usize, proptest::sample::select(ALL));
    (0..=2_usize, change(), change()).prop_map(|(intermediates, first, second)| {
        let changes = [first, second].map(|(at, what)| Change { at: at % (intermediates + 2), what });
        Plan { intermediates, changes: changes.to_vec() }
    })
}
