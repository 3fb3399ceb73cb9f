//! Whatever happened to a sound bundle's text on its way, the same objects are read from it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Location, Request, Role, Source, ValidatedBundle};
use pki::{bundle, pem};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Chains of two to four certificates, made once.
static BUNDLES: LazyLock<Vec<[String; 3]>> = LazyLock::new(|| {
    [vec![0, 0], vec![0, 1, 2], vec![2, 2, 1, 0]]
        .iter()
        .map(|algorithms| {
            let made = bundle(algorithms);
            [pem(&made.sent), made.key.clone(), pem([&made.root])]
        })
        .collect()
});

/// What happens to text: the opposite of each repair.
#[derive(Clone, Debug)]
enum Mangle {
    Escaped(&'static str),
    EscapedJson,
    LineBreaks(&'static str),
    NoWhiteSpace,
    Wrapped(usize),
    Indented(String),
    TrailingSpaces,
    BlankLine(usize),
    Glued,
    Stray(Vec<u8>),
    ByteOrderMark,
    Utf16 { big: bool, mark: bool },
    Quoted(char),
    Base64 { times: usize, width: usize },
    Dashes(&'static str),
    LowerCase,
    Label(&'static str),
    Trusted,
    Der,
    Around(&'static str, &'static str),
}

fn mangle() -> impl Strategy<Value = Mangle> {
    prop_oneof![
        prop_oneof![Just("\\n"), Just("\\\\n"), Just("\\\\\\\\n"), Just("\\r\\n"), Just("\\\\r\\\\n"), Just("\\u000a")]
            .prop_map(Mangle::Escaped),
        Just(Mangle::EscapedJson),
        prop_oneof![Just(" "), Just(""), Just("\r"), Just("\r\n"), Just("  "), Just("\t"), Just(" \n")]
            .prop_map(Mangle::LineBreaks),
        Just(Mangle::NoWhiteSpace),
        (1_usize..300).prop_map(Mangle::Wrapped),
        "[ \t]{1,9}".prop_map(Mangle::Indented),
        Just(Mangle::TrailingSpaces),
        (0_usize..20).prop_map(Mangle::BlankLine),
        Just(Mangle::Glued),
        // Text that is neither a boundary nor a backslash before one.
        proptest::collection::vec(any::<u8>().prop_filter("no dash", |b| !matches!(b, b'-' | 0xe2 | 0)), 1..60)
            .prop_map(Mangle::Stray),
        Just(Mangle::ByteOrderMark),
        (any::<bool>(), any::<bool>()).prop_map(|(big, mark)| Mangle::Utf16 { big, mark }),
        prop_oneof![Just('"'), Just('\''), Just('`')].prop_map(Mangle::Quoted),
        (1_usize..=3, 0_usize..100).prop_map(|(times, width)| Mangle::Base64 { times, width }),
        prop_oneof![Just("---"), Just("----"), Just("------"), Just("—–"), Just("–––"), Just("−−−"), Just("—-")]
            .prop_map(Mangle::Dashes),
        Just(Mangle::LowerCase),
        prop_oneof![
            Just("X509 CERTIFICATE"),
            Just("CERTIFICATE REQUEST"),
            Just("PUBLIC KEY"),
            Just("PKCS7"),
            Just("CLIENT CERT"),
            Just("X509 CRL")
        ]
        .prop_map(Mangle::Label),
        Just(Mangle::Trusted),
        Just(Mangle::Der),
        prop_oneof![
            Just(("{\"cert\": \"", "\"}")),
            Just(("CERT=\"", "\"")),
            Just(("export CERT='", "'")),
            Just(("const cert = `", "`;")),
            Just(("tls:\n  crt: |\n", "")),
            Just(("<pem>", "</pem>"))
        ]
        .prop_map(|(before, after)| Mangle::Around(before, after)),
    ]
}

fn blocks(text: &str) -> Vec<(String, Vec<u8>)> {
    text.split("-----BEGIN ")
        .skip(1)
        .map(|block| {
            let whole = format!("-----BEGIN {block}");
            let (label, der) = pem_rfc7468::decode_vec(whole.as_bytes()).unwrap();
            (label.to_owned(), der)
        })
        .collect()
}

fn armour(label: &str, der: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).unwrap()
}

fn base64(bytes: &[u8], width: usize) -> String {
    let text: String = armour("X", bytes).lines().filter(|line| !line.starts_with('-')).collect();
    match width {
        0..16 => text,
        _ => text.as_bytes().chunks(width).map(|line| format!("{}\n", str::from_utf8(line).unwrap())).collect(),
    }
}

impl Mangle {
    fn apply(&self, text: &str) -> Vec<u8> {
        let lines = |each: &dyn Fn(usize, &str) -> String| -> String {
            text.lines().enumerate().map(|(at, line)| each(at, line)).collect()
        };
        let mangled = match self {
            Mangle::Escaped(with) => text.replace('\n', with),
            Mangle::EscapedJson => text.replace('/', "\\/").replace('+', "\\u002b").replace('=', "\\u003D").replace('\n', "\\n"),
            Mangle::LineBreaks(with) => text.trim_end().replace('\n', with),
            Mangle::NoWhiteSpace => text.replace([' ', '\n'], ""),
            Mangle::Wrapped(width) => {
                let block = |(label, der): (String, Vec<u8>)| {
                    let body = base64(&der, 0);
                    let body: String =
                        body.as_bytes().chunks(*width).map(|line| format!("{}\n", str::from_utf8(line).unwrap())).collect();
                    format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n")
                };
                blocks(text).into_iter().map(block).collect()
            }
            Mangle::Indented(with) => lines(&|_, line| format!("{with}{line}\n")),
            Mangle::TrailingSpaces => lines(&|_, line| format!("{line} \t \n")),
            Mangle::BlankLine(before) => lines(&|at, line| if at == *before { format!("\n{line}\n") } else { format!("{line}\n") }),
            Mangle::Glued => text.replace("-----\n-----", "----------"),
            Mangle::Stray(stray) => {
                let mut all = [stray.as_slice(), b"\n"].concat();
                for block in text.split_inclusive("KEY-----\n").flat_map(|part| part.split_inclusive("END CERTIFICATE-----\n")) {
                    all.extend_from_slice(block.as_bytes());
                    if block.contains("-----END") {
                        all.extend([stray.as_slice(), b"\n"].concat());
                    }
                }
                return all;
            }
            Mangle::ByteOrderMark => format!("\u{feff}{text}"),
            Mangle::Utf16 { big, mark } => {
                let text = if *mark { format!("\u{feff}{text}") } else { text.to_owned() };
                return text.encode_utf16().flat_map(|unit| if *big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            }
            Mangle::Quoted(mark) => format!("{mark}{}{mark}", text.trim_end()),
            Mangle::Base64 { times, width } => (0..*times).fold(text.to_owned(), |text, _| base64(text.as_bytes(), *width)),
            Mangle::Dashes(with) => text.replace("-----", with),
            Mangle::LowerCase => {
                lines(&|_, line| if line.starts_with('-') { line.to_lowercase() + "\n" } else { format!("{line}\n") })
            }
            Mangle::Label(label) => blocks(text).iter().map(|(_, der)| armour(label, der)).collect(),
            Mangle::Trusted => blocks(text)
                .iter()
                .map(|(label, der)| match label.as_str() {
                    "CERTIFICATE" => armour("TRUSTED CERTIFICATE", &[der, &[0x30, 0x00][..]].concat()),
                    other => armour(other, der),
                })
                .collect(),
            Mangle::Der => return blocks(text).into_iter().flat_map(|(_, der)| der).collect(),
            Mangle::Around(before, after) => format!("{before}{}{after}\n", text.trim_end()),
        };
        mangled.into_bytes()
    }
}

fn validate(inputs: &[Vec<u8>; 3], roles: [Role; 3]) -> Result<ValidatedBundle, String> {
    let sources: Vec<Source<'_>> = inputs.iter().zip(roles).map(|(bytes, role)| Source::new(role, "input", bytes)).collect();
    let passed = certflight_validate::validate(&Request { sources: &sources, origin: None }, &pki::policy());
    let passed = passed.map_err(|rejected| format!("{:?}", rejected.report().errors().collect::<Vec<_>>()))?;
    for finding in passed.report().findings() {
        if let Location::Lines { source, lines } | Location::Object { source, lines: Some(lines), .. } = &finding.at {
            let count = inputs[source.position].split(|b| matches!(b, b'\n' | b'\r')).count();
            assert!(1 <= lines.first && lines.first <= lines.last && lines.last as usize <= count, "{lines:?} of {count}");
        }
    }
    Ok(passed)
}

const NAMED: [Role; 3] = [Role::Cert, Role::Key, Role::Ca];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mangled_bundle_reads_to_the_same_objects(
        which in 0_usize..3, mangle in mangle(), chosen in 1_u8..8, sorted in any::<bool>(),
    ) {
        let sound = &BUNDLES[which];
        let mut inputs = sound.clone().map(String::into_bytes);
        for (at, input) in inputs.iter_mut().enumerate() {
            if chosen >> at & 1 == 1 {
                *input = mangle.apply(&sound[at]);
            }
        }
        let roles = if sorted { [Role::Auto; 3] } else { NAMED };
        let passed = validate(&inputs, roles).map_err(TestCaseError::fail)?;
        let out = [passed.certificate_pem(), passed.key_pem().expose().to_owned(), passed.ca_pem()];
        prop_assert_eq!(&out, sound);
        // What was mended needs no mending.
        let again = validate(&out.clone().map(String::into_bytes), NAMED).map_err(TestCaseError::fail)?;
        prop_assert_eq!([again.certificate_pem(), again.key_pem().expose().to_owned(), again.ca_pem()], out);
        prop_assert!(again.report().findings().iter().all(|finding| !finding.code.is_change()));
    }

    /// Of two things that happened one after the other, some leave nothing to be told; but never is something else read.
    #[test]
    fn a_bundle_mangled_twice_reads_to_the_same_objects_or_to_none(
        which in 0_usize..3, first in mangle(), second in mangle(), at in 0_usize..3, sorted in any::<bool>(),
    ) {
        // These take PEM apart, and what the first one left is none.
        prop_assume!(!matches!(second, Mangle::Wrapped(_) | Mangle::Label(_) | Mangle::Trusted | Mangle::Der));
        let sound = &BUNDLES[which];
        let text = String::from_utf8(first.apply(&sound[at]));
        prop_assume!(text.is_ok());
        let mut inputs = sound.clone().map(String::into_bytes);
        inputs[at] = second.apply(&text.unwrap());
        let roles = if sorted { [Role::Auto; 3] } else { NAMED };
        if let Ok(passed) = validate(&inputs, roles) {
            prop_assert_eq!(&[passed.certificate_pem(), passed.key_pem().expose().to_owned(), passed.ca_pem()], sound);
        }
    }
}
