//! One past every bound.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{
    Code, Finding, GatePolicy, MAX_ALL_BYTES, MAX_ALL_CERTIFICATES, MAX_CERTIFICATES, MAX_INPUT_BYTES, Policy, Report, Request,
    Role, Source, Verdict,
};
use pki::{bundle, check, key, params, pem};
use rcgen::{CertificateParams, CustomExtension, Issuer, KeyPair, SanType};

/// Blocks of one input.
const MAX_BLOCKS: usize = 2 * MAX_CERTIFICATES;

/// Findings of a report.
const MAX_FINDINGS: usize = 400;

fn codes(report: &certflight_validate::Report) -> Vec<Code> {
    report.errors().map(|finding| finding.code).collect()
}

#[test]
fn an_input_may_be_as_large_as_the_bound_and_no_larger() {
    let made = bundle(&[0, 0]);
    let (cert, ca) = (pem(&made.sent), pem([&made.root]));
    let padded = |length: usize| format!("{cert}{}", "\n".repeat(length - cert.len()));
    assert_eq!(check(padded(MAX_INPUT_BYTES).as_bytes(), made.key.as_bytes(), ca.as_bytes()).verdict(), Verdict::Pass);
    let report = check(padded(MAX_INPUT_BYTES + 1).as_bytes(), made.key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), [Code::InputTooLarge]);
}

#[test]
fn an_input_may_have_as_many_certificates_as_the_bound_and_no_more() {
    let made = bundle(&[0, 0]);
    // Copies count: what is counted is what has to be read.
    let with = |count: usize| pem(&made.sent) + &pem([&made.root]).repeat(count - 1);
    let ca = pem([&made.root]);
    assert_eq!(check(with(MAX_CERTIFICATES).as_bytes(), made.key.as_bytes(), ca.as_bytes()).verdict(), Verdict::Pass);
    let report = check(with(MAX_CERTIFICATES + 1).as_bytes(), made.key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), [Code::InputTooLarge]);
}

/// `count` CAs of one name that all certify each other; the first is certified by the root, the last issued the leaf.
fn cross_signed(count: usize, way_out: bool) -> (String, String, String) {
    let root_key = key(0);
    let root_params = params("Example Root CA", true);
    let root = root_params.self_signed(&root_key).unwrap().der().to_vec();
    let root = (root, Issuer::new(root_params, root_key));
    let keys: Vec<_> = (0..count).map(|_| key(0)).collect();
    let ca = params("Example Cross CA", true);
    let mut sent = Vec::new();
    for issuer in &keys {
        let signer = Issuer::from_params(&ca, issuer);
        sent.extend(
            keys.iter().filter(|key| !std::ptr::eq(*key, issuer)).map(|key| ca.signed_by(key, &signer).unwrap().der().to_vec()),
        );
    }
    if way_out {
        sent.push(ca.signed_by(&keys[0], &root.1).unwrap().der().to_vec());
    }
    let leaf_key = key(0);
    let issuer = Issuer::from_params(&ca, &keys[count - 1]);
    sent.insert(0, params("client.example.com", false).signed_by(&leaf_key, &issuer).unwrap().der().to_vec());
    (pem(&sent), leaf_key.serialize_pem(), pem([&root.0]))
}

#[test]
fn a_way_out_of_cross_signed_cas_is_found() {
    let (cert, key, ca) = cross_signed(16, true);
    let report = check(cert.as_bytes(), key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), []);
}

#[test]
fn a_search_that_is_given_up_says_so_and_is_no_pass() {
    let (cert, key, ca) = cross_signed(36, false);
    let report = check(cert.as_bytes(), key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), [Code::ChainTooComplex]);
}

#[test]
fn an_input_that_is_wrong_everywhere_makes_few_findings() {
    for (text, most) in [
        ("-----BEGIN X-----\nAA==\n-----END X-----\n", MAX_BLOCKS),
        ("-----END X-----\n", usize::MAX),
        ("-----BEGIN X\n", usize::MAX),
        ("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n", usize::MAX),
    ] {
        let many = text.repeat((MAX_INPUT_BYTES / text.len()).min(most));
        let report = check(many.as_bytes(), many.as_bytes(), many.as_bytes());
        assert!(report.findings().len() < 200, "{}", report.findings().len());
        assert!(
            report.findings().iter().any(|finding| finding.notes.iter().any(|note| note.text.contains("more findings"))),
            "the rest is counted"
        );
        assert_eq!(report.verdict(), Verdict::Fail);
    }
}

/// Any of these would run for hours in a reader that looks back, or ahead, for each piece.
#[test]
fn an_input_made_of_one_piece_is_read_in_proportion() {
    for piece in [
        "-",
        "—",
        "- ",
        "-----BEGIN ",
        "-----END CERTIFICATE",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
        "-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
        "---begin private key---",
        "\\",
        "\\n",
        "\\u0041",
        "\"",
        "A",
        "A ",
        "n",
        "\n",
        "\r",
        " \n",
        "Proc-Type: 4,ENCRYPTED",
        "DEK-Info: ",
        "LS0tLS1CRUdJTiBD",
        "0\u{0}",
        "\u{0}",
    ] {
        for (before, after) in [
            ("", ""),
            ("-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----\n"),
            ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"),
        ] {
            let many = format!("{before}{}{after}", piece.repeat(MAX_INPUT_BYTES / 4 / piece.len()));
            let source = [Source::new(Role::Auto, "input", many.as_bytes())];
            let policy = Policy::from(pki::policy());
            let report = certflight_validate::check(&Request { sources: &source, origin: None }, &policy);
            assert!(report.verdict() == Verdict::Fail && report.findings().len() < 100, "{piece:?}: {}", report.findings().len());
        }
    }
}

#[test]
fn names_are_compared_as_often_as_the_bound_and_no_more() {
    // The leaf's subject is a name, too: 500 names and 500 constraints are the bound.
    for (names, expected) in [(499, vec![]), (500, vec![Code::ChainTooComplex])] {
        let (mut root, root_key) = (params("Example Root CA", true), key(0));
        let host = |at: usize| format!("host{at}.example.com");
        root.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: (0..500).map(|at| rcgen::GeneralSubtree::DnsName(host(at))).collect(),
            excluded_subtrees: Vec::new(),
        });
        let mut leaf = params("client", false);
        leaf.subject_alt_names = (0..names).map(|at| rcgen::SanType::DnsName(host(at % 500).try_into().unwrap())).collect();
        let leaf_key = key(0);
        let cert = leaf.signed_by(&leaf_key, &Issuer::from_params(&root, &root_key)).unwrap().pem();
        let ca = root.self_signed(&root_key).unwrap().pem();
        assert_eq!(codes(&check(cert.as_bytes(), leaf_key.serialize_pem().as_bytes(), ca.as_bytes())), expected, "{names}");
    }
}

/// One element of DER.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let header = match content.len() {
        0..0x80 => vec![tag, length[3]],
        0x80..0x100 => vec![tag, 0x81, length[3]],
        0x100..0x1_0000 => [&[tag, 0x82], &length[2..]].concat(),
        _ => [&[tag, 0x83], &length[1..]].concat(),
    };
    [&header, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn block(label: &str, der: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).unwrap()
}

fn check_all(sources: &[(Role, &[u8])], policy: GatePolicy) -> Report {
    let sources: Vec<Source<'_>> = sources.iter().map(|&(role, bytes)| Source::new(role, role.name(), bytes)).collect();
    certflight_validate::check(&Request { sources: &sources, origin: Some("https://api.example.com") }, &Policy::from(policy))
}

fn of_code(report: &Report, code: Code) -> Vec<&Finding> {
    report.findings().iter().filter(|finding| finding.code == code).collect()
}

/// A CA and a leaf under it, with what `change` makes of them.
fn issued(change: impl FnOnce(&mut CertificateParams, &mut CertificateParams)) -> (String, String, String) {
    let (mut ca, mut leaf) = (params("Example Root CA", true), params("client.example.com", false));
    change(&mut ca, &mut leaf);
    let (ca_key, leaf_key) = (key(0), key(0));
    let cert = leaf.signed_by(&leaf_key, &Issuer::from_params(&ca, &ca_key)).unwrap().pem();
    (cert, leaf_key.serialize_pem(), ca.self_signed(&ca_key).unwrap().pem())
}

fn checked((cert, key, ca): &(String, String, String)) -> Report {
    check(cert.as_bytes(), key.as_bytes(), ca.as_bytes())
}

#[test]
fn an_input_may_have_as_many_blocks_as_the_bound_and_no_more() {
    let text = "-----BEGIN X-----\nAA==\n-----END X-----\n";
    // As the first numbers of a SEC1 key.
    let structure = sequence(&[&[2, 1, 1], &[4, 1, 7]]);
    for (count, is_too_many) in [(MAX_BLOCKS, false), (MAX_BLOCKS + 1, true)] {
        for input in [text.repeat(count).into_bytes(), structure.repeat(count)] {
            let report = check_all(&[(Role::Auto, &input)], pki::policy());
            assert_eq!(!of_code(&report, Code::InputTooLarge).is_empty(), is_too_many, "{count}");
            assert_eq!(report.verdict(), Verdict::Fail);
        }
    }
}

#[test]
fn all_inputs_together_may_have_as_many_bytes_as_the_bound_and_no_more() {
    let made = bundle(&[0, 0]);
    let all = pem(&made.sent) + &made.key + &pem([&made.root]);
    let padded = all.clone() + &"\n".repeat(MAX_INPUT_BYTES - all.len());
    let mut sources = vec![(Role::Auto, padded.as_bytes()); MAX_ALL_BYTES / MAX_INPUT_BYTES];
    assert_eq!(codes(&check_all(&sources, pki::policy())), []);
    sources.push((Role::Auto, b"\n"));
    assert_eq!(codes(&check_all(&sources, pki::policy())), [Code::InputTooLarge]);
}

#[test]
fn all_inputs_together_may_have_as_many_certificates_as_the_bound_and_no_more() {
    let made = bundle(&[0, 0]);
    let root = pem([&made.root]);
    let own = pem(&made.sent) + &root;
    let many = root.repeat(MAX_CERTIFICATES);
    let most = [own.clone(), root.repeat(MAX_CERTIFICATES - 2)].concat();
    let rest = vec![many.as_str(); MAX_ALL_CERTIFICATES / MAX_CERTIFICATES - 1];
    let texts = [vec![most.as_str()], rest, vec![made.key.as_str()]].concat();
    let mut sources: Vec<(Role, &[u8])> = texts.iter().map(|text| (Role::Auto, text.as_bytes())).collect();
    assert_eq!(codes(&check_all(&sources, pki::policy())), []);
    sources.push((Role::Auto, root.as_bytes()));
    assert_eq!(codes(&check_all(&sources, pki::policy())), [Code::InputTooLarge]);
}

#[test]
fn a_report_has_as_many_findings_as_the_bound_and_no_more() {
    let made = bundle(&[0, 0]);
    let with = |copies: usize| pem(&made.sent).repeat(copies + 1);
    let ca = pem([&made.root]);
    let report = |copies: usize| check(with(copies).as_bytes(), made.key.as_bytes(), ca.as_bytes());
    // Beside the copies there are as many others as without any.
    let others = report(0).findings().len();
    for (copies, last) in [(MAX_FINDINGS - others, None), (MAX_FINDINGS - others + 1, Some("and 1 more findings, not shown"))] {
        let report = report(copies);
        assert_eq!(report.findings().len(), MAX_FINDINGS);
        let note = report.findings().last().unwrap().notes.last().map(|note| note.text.as_str());
        assert_eq!(note.filter(|note| note.contains("not shown")), last);
        assert_eq!(report.verdict(), Verdict::Pass);
    }
}

#[test]
fn of_critical_extensions_as_many_are_named_as_the_bound_and_no_more() {
    for (count, note) in [(8, None), (9, Some("and 1 more such extensions in this certificate"))] {
        let report = checked(&issued(|_, leaf| {
            for arc in 0..count {
                let mut extension = CustomExtension::from_oid_content(&[2, 999, arc], vec![5, 0]);
                extension.set_criticality(true);
                leaf.custom_extensions.push(extension);
            }
        }));
        let findings = of_code(&report, Code::UnknownCriticalExtension);
        assert_eq!((findings.len(), findings[7].notes.first().map(|note| note.text.as_str())), (8, note));
    }
}

#[test]
fn keys_are_read_up_to_the_bound_and_no_further() {
    let made = bundle(&[0, 0]);
    let ca = pem([&made.root]);
    for (copies, expected) in [(8, vec![]), (9, vec![Code::KeyMultiple])] {
        let report = check(pem(&made.sent).as_bytes(), made.key.repeat(copies).as_bytes(), ca.as_bytes());
        assert_eq!(codes(&report), expected, "{copies}");
    }
}

#[test]
fn an_rsa_key_is_computed_with_up_to_the_bound() {
    for (bytes, expected) in [(2048, Code::KeyInconsistent), (2049, Code::KeyUnsupported)] {
        let long = tlv(2, &[&[0x7f][..], &vec![0xff; bytes - 1]].concat());
        let one = [2, 1, 3];
        let der = sequence(&[&[2, 1, 0], &long, &one, &one, &one, &one, &one, &one, &one]);
        let text = block("RSA PRIVATE KEY", &der);
        assert!(codes(&check_all(&[(Role::Key, text.as_bytes())], pki::policy())).contains(&expected), "{bytes}");
    }
}

#[test]
fn signatures_are_verified_up_to_the_bound_and_no_further() {
    let (top, above) = (params("Example Top CA", true), params("Example CA", true));
    let top = Issuer::new(top, key(0));
    let leaf_key = key(0);
    let leaf = params("client.example.com", false).signed_by(&leaf_key, &Issuer::from_params(&above, &key(0))).unwrap();
    let cas: Vec<Vec<u8>> = (0..401).map(|_| above.signed_by(&key(0), &top).unwrap().der().to_vec()).collect();
    for (count, expected) in [(400, Code::ChainSignatureInvalid), (401, Code::ChainTooComplex)] {
        let report = check(leaf.pem().as_bytes(), leaf_key.serialize_pem().as_bytes(), pem(&cas[..count]).as_bytes());
        assert_eq!(codes(&report), [expected]);
    }
}

#[test]
fn a_path_is_followed_up_to_the_bound_and_no_further() {
    // The leaf, and a hundred above it.
    for (above, expected) in [(100, vec![]), (101, vec![Code::ChainTooComplex])] {
        let made = bundle(&vec![0; above + 1]);
        let policy = || pki::policy().max_depth(200);
        let (cert, ca) = (pem(&made.sent), pem([&made.root]));
        let named = [(Role::Cert, cert.as_bytes()), (Role::Key, made.key.as_bytes())];
        let report = check_all(&[named[0], named[1], (Role::Ca, ca.as_bytes())], policy());
        assert_eq!(codes(&report), expected, "{above}");
        // Nor is one explained that has no anchor, above which the root stands.
        let other = params("Another Root CA", true).self_signed(&key(0)).unwrap().pem();
        let sent = cert.clone() + &ca;
        let report = check_all(&[(Role::Cert, sent.as_bytes()), named[1], (Role::Ca, other.as_bytes())], policy());
        let expected = if expected.is_empty() { Code::ChainUntrusted } else { Code::ChainTooComplex };
        assert_eq!(codes(&report), [expected], "{above}");
    }
}

#[test]
fn the_intermediates_are_as_many_as_the_policy_says() {
    for (intermediates, expected) in [(10, vec![]), (11, vec![Code::ChainPathLength])] {
        let made = bundle(&vec![0; intermediates + 2]);
        let report = check(pem(&made.sent).as_bytes(), made.key.as_bytes(), pem([&made.root]).as_bytes());
        assert_eq!(codes(&report), expected, "{intermediates}");
    }
}

#[test]
fn a_long_name_counts_as_often_as_it_is_long() {
    // 24 KiB and a little count 25, the subject and the host name in it one each: of 27 for each constraint 9,259 come to 249,993.
    for (count, expected) in [(9_259, vec![]), (9_260, vec![Code::ChainTooComplex])] {
        let made = issued(|ca, leaf| {
            let excluded = (0..count).map(|at| rcgen::GeneralSubtree::Rfc822Name(format!("h{at}.example"))).collect();
            ca.name_constraints = Some(rcgen::NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees: excluded });
            let address = format!("{}@mail.example", "a".repeat(24 * 1024));
            leaf.subject_alt_names = vec![SanType::Rfc822Name(address.try_into().unwrap())];
        });
        assert_eq!(codes(&checked(&made)), expected, "{count}");
    }
}

/// Were each pair compared whole, this would take an hour.
#[test]
fn long_names_and_many_constraints_are_given_up() {
    let made = issued(|ca, leaf| {
        let excluded = (0..100_000).map(|at| rcgen::GeneralSubtree::Rfc822Name(format!("h{at}.example"))).collect();
        ca.name_constraints = Some(rcgen::NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees: excluded });
        let address = format!("{}@mail.example", "a".repeat(2_000_000));
        leaf.subject_alt_names = vec![SanType::Rfc822Name(address.try_into().unwrap())];
    });
    assert_eq!(codes(&checked(&made)), [Code::ChainTooComplex]);
}

/// Any of these would run for minutes in a reader that looks to the end for each structure.
#[test]
fn structures_before_much_white_space_are_read_in_proportion() {
    for structure in [sequence(&[&[2, 1, 1], &[4, 1, 7]]), sequence(&[&sequence(&[&[6, 1, 0x2a]]), &[3, 1, 0]])] {
        let mut input = structure.repeat(MAX_BLOCKS);
        input.resize(MAX_INPUT_BYTES, b' ');
        assert_eq!(check_all(&[(Role::Auto, &input)], pki::policy()).verdict(), Verdict::Fail);
    }
}

#[test]
fn layers_of_base64_are_taken_off_up_to_the_bound() {
    let made = bundle(&[0, 0]);
    let encoded = |times: usize| {
        (0..times).fold(pem(&made.sent), |text, _| {
            block("X", text.as_bytes()).lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n")
        })
    };
    let ca = pem([&made.root]);
    for (times, expected) in [(3, vec![]), (4, vec![Code::PemNotFound])] {
        let report = check(encoded(times).as_bytes(), made.key.as_bytes(), ca.as_bytes());
        assert_eq!(codes(&report), expected, "{times}");
    }
}

#[test]
fn a_label_is_one_up_to_the_bound() {
    let made = bundle(&[0, 0]);
    let named = |label: &str| {
        let text = format!("-----BEGIN {label}-----\nAA==\n-----END {label}-----\n{}", pem(&made.sent));
        check(text.as_bytes(), made.key.as_bytes(), pem([&made.root]).as_bytes())
    };
    // Words of 15 letters and a space make 64.
    let label = [&"A".repeat(15)[..]; 4].join(" ");
    for (label, is_block) in
        [(format!("{label}B"), true), (format!("{label}BB"), false), ("A".repeat(16), true), ("A".repeat(17), false)]
    {
        let report = named(&label);
        assert_eq!(!of_code(&report, Code::PemUnexpectedBlock).is_empty(), is_block, "{label}: {:?}", report.findings());
    }
}

#[test]
fn an_origin_is_looked_at_up_to_the_bound() {
    let made = bundle(&[0, 0]);
    let ca = pem([&made.root]);
    let why = |length: usize| {
        let origin = format!("https://{}", "a".repeat(length - 8));
        let sources = [(Role::Cert, pem(&made.sent)), (Role::Key, made.key.clone()), (Role::Ca, ca.clone())];
        let sources: Vec<Source<'_>> = sources.iter().map(|(role, text)| Source::new(*role, "x", text.as_bytes())).collect();
        let request = Request { sources: &sources, origin: Some(&origin) };
        let report = certflight_validate::check(&request, &Policy::from(pki::policy()));
        report.errors().map(|finding| finding.message.clone()).collect::<String>()
    };
    assert!(!why(1100).contains("too long") && why(1101).contains("too long"), "{} {}", why(1100), why(1101));
}

#[test]
fn a_path_in_the_place_of_its_content_is_one_up_to_the_bound() {
    for (length, expected) in [(4096, Code::PathAsContent), (4097, Code::PemNotFound)] {
        let path = format!("/{}.pem", "a/".repeat(length / 2 - 3)) + &"m".repeat(length % 2 + 1);
        assert_eq!(path.len(), length);
        assert!(codes(&check_all(&[(Role::Cert, path.as_bytes())], pki::policy())).contains(&expected), "{length}");
    }
}

#[test]
fn a_serial_number_is_of_the_profile_up_to_the_bound() {
    for (length, is_told) in [(20, false), (21, true)] {
        let report = check_all(&[(Role::Cert, unsigned(&vec![0x55; length], &name("client"), &[]).as_bytes())], pki::policy());
        assert_eq!(!of_code(&report, Code::ProfileSerialNumber).is_empty(), is_told, "{length}");
        assert_eq!(report.leaf().unwrap().serial.len(), 2 * length);
    }
    for (length, shown) in [(32, 64), (33, 64)] {
        let report = check_all(&[(Role::Cert, unsigned(&vec![0x55; length], &name("client"), &[]).as_bytes())], pki::policy());
        assert_eq!(report.leaf().unwrap().serial.len(), shown, "{length}");
    }
}

#[test]
fn of_many_as_many_are_told_as_the_bound_and_no_more() {
    let root = (params("Example Root CA", true), key(0));
    let root_pem = root.0.self_signed(&root.1).unwrap().pem();
    let issuer = Issuer::from_params(&root.0, &root.1);
    let leaf_key = key(0);
    // CAs of one name, none of which signed the leaf.
    let cas: Vec<Vec<u8>> =
        (0..40).map(|_| params("Example CA", true).signed_by(&key(0), &issuer).unwrap().der().to_vec()).collect();
    let above = params("Example CA", true);
    let leaf = params("client.example.com", false).signed_by(&leaf_key, &Issuer::from_params(&above, &key(0))).unwrap().pem();
    for (count, more) in [(8, None), (9, Some("and 1 more certificates of that name"))] {
        let report =
            check((leaf.clone() + &pem(&cas[..count])).as_bytes(), leaf_key.serialize_pem().as_bytes(), root_pem.as_bytes());
        let finding = of_code(&report, Code::ChainSignatureInvalid)[0];
        assert_eq!(finding.notes.iter().filter(|note| note.at.is_some()).count(), 8);
        assert_eq!(finding.notes.iter().find(|note| note.at.is_none()).map(|note| note.text.as_str()), more);
    }
    // Beside the path a report tells of 32: here of the CAs and of the root.
    for (count, others) in [(31, 32), (32, 32)] {
        let report =
            check((leaf.clone() + &pem(&cas[..count])).as_bytes(), leaf_key.serialize_pem().as_bytes(), root_pem.as_bytes());
        assert_eq!(report.others().len(), others, "{count}");
    }
    // Certificates that are each with its key could be the one that is meant.
    let leaves: Vec<(String, KeyPair)> = (0..11)
        .map(|at| {
            let key = key(0);
            (params(&format!("client{at}"), false).signed_by(&key, &issuer).unwrap().pem(), key)
        })
        .collect();
    for (count, more) in [(10, None), (11, Some("and 1 more"))] {
        let text: String = leaves[..count].iter().map(|(leaf, _)| leaf.as_str()).collect();
        let report = check_all(&[(Role::Auto, text.as_bytes())], pki::policy());
        let finding = of_code(&report, Code::LeafAmbiguous)[0];
        assert_eq!(finding.notes.iter().filter(|note| note.at.is_some()).count(), 10);
        assert_eq!(finding.notes.iter().find(|note| note.at.is_none()).map(|note| note.text.as_str()), more);
    }
    // CAs of other names than the one that is looked for.
    for (count, told) in [(8, 8), (9, 8)] {
        let text: String =
            (0..count).map(|at| params(&format!("Other CA {at}"), true).self_signed(&key(0)).unwrap().pem()).collect();
        let report = check(leaf.as_bytes(), leaf_key.serialize_pem().as_bytes(), text.as_bytes());
        assert_eq!(of_code(&report, Code::ChainMissingIssuer)[0].notes.len(), told);
    }
}

/// A certificate with this subject, these extensions and no sound signature.
fn unsigned(serial: &[u8], subject: &[u8], extensions: &[u8]) -> String {
    let algorithm = sequence(&[&[6, 3, 0x2b, 0x65, 0x70]]);
    let validity = sequence(&[&tlv(0x17, b"240101000000Z"), &tlv(0x17, b"491231235959Z")]);
    let key = sequence(&[&algorithm, &tlv(3, &[0; 33])]);
    let extensions = if extensions.is_empty() { Vec::new() } else { tlv(0xa3, &tlv(0x30, extensions)) };
    let tbs = sequence(&[&[0xa0, 3, 2, 1, 2], &tlv(2, serial), &algorithm, &name("CA"), &validity, subject, &key, &extensions]);
    block("CERTIFICATE", &sequence(&[&tbs, &algorithm, &tlv(3, &[0; 65])]))
}

fn attribute(value: &[u8]) -> Vec<u8> {
    sequence(&[&[6, 3, 0x55, 4, 3], value])
}

fn name(text: &str) -> Vec<u8> {
    sequence(&[&tlv(0x31, &attribute(&tlv(0x0c, text.as_bytes())))])
}

fn extension(id: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[&tlv(6, id), &tlv(4, value)])
}

/// What has no bound of its own is bounded by the bytes of its input, as its work grows in proportion: where anything were compared with each other
/// piece, each of these would run for minutes.
#[test]
fn a_certificate_made_of_one_piece_is_read_in_proportion() {
    const ROOM: usize = MAX_INPUT_BYTES / 16;
    let many = |one: &dyn Fn(usize) -> Vec<u8>| {
        let mut out = Vec::new();
        let mut at = 0;
        while out.len() < ROOM {
            out.extend(one(at));
            at += 1;
        }
        out
    };
    let arcs = |at: usize| [0x80 | (at >> 14 & 0x7f) as u8, 0x80 | (at >> 7 & 0x7f) as u8, (at & 0x7f) as u8];
    let id = |at: usize| tlv(6, &[&[0x2a][..], &arcs(at)].concat());
    let list = |arc: u8, one: &dyn Fn(usize) -> Vec<u8>| extension(&[0x55, 0x1d, arc], &tlv(0x30, &many(one)));
    let plain = name("client");
    let subject = |rdns: Vec<u8>| tlv(0x30, &rdns);
    let text = |unit: &str| attribute(&tlv(0x0c, unit.repeat(ROOM / unit.len()).as_bytes()));
    let long = |unit: &str| subject(tlv(0x31, &text(unit)));
    let cases: Vec<(&str, String)> = vec![
        ("extensions", unsigned(&[1], &plain, &many(&|at| extension(&[&[0x2a][..], &arcs(at)].concat(), &[5, 0])))),
        ("names", unsigned(&[1], &plain, &list(17, &|at| tlv(0x82, format!("h{at}").as_bytes())))),
        ("directory names", unsigned(&[1], &plain, &list(17, &|at| tlv(0xa4, &name(&format!("{at}")))))),
        ("purposes", unsigned(&[1], &plain, &list(37, &id))),
        ("policies", unsigned(&[1], &plain, &list(32, &|at| sequence(&[&id(at)])))),
        ("mappings", unsigned(&[1], &plain, &list(33, &|at| sequence(&[&id(at), &id(at + 1)])))),
        (
            "constraints",
            unsigned(
                &[1],
                &plain,
                &extension(
                    &[0x55, 0x1d, 30],
                    &sequence(&[&tlv(0xa0, &many(&|at| sequence(&[&tlv(0x82, format!("h{at}").as_bytes())])))]),
                ),
            ),
        ),
        ("a value", unsigned(&[1], &plain, &extension(&[0x2a, 3], &many(&|_| vec![0x30, 0])))),
        ("RDNs", unsigned(&[1], &subject(many(&|at| tlv(0x31, &attribute(&tlv(0x0c, format!("{at}").as_bytes()))))), &[])),
        ("attributes", unsigned(&[1], &subject(tlv(0x31, &many(&|at| attribute(&tlv(0x0c, format!("{at}").as_bytes()))))), &[])),
        ("letters", unsigned(&[1], &long("a"), &[])),
        ("letters that stand for many", unsigned(&[1], &long("\u{fdfa}"), &[])),
        ("marks out of order", unsigned(&[1], &long("\u{315}\u{300}\u{5ae}\u{327}"), &[])),
        ("sigmas", unsigned(&[1], &long("Σ'"), &[])),
        ("white space", unsigned(&[1], &long(" \u{a0}"), &[])),
        ("a serial number", unsigned(&vec![0x55; ROOM], &plain, &[])),
        ("an OID", unsigned(&[1], &plain, &extension(&vec![0x2a; ROOM], &[5, 0]))),
    ];
    for (what, cert) in cases {
        let report = check_all(&[(Role::Cert, cert.as_bytes())], pki::policy());
        let malformed = of_code(&report, Code::CertificateMalformed);
        assert!(malformed.is_empty(), "{what}: {malformed:?}");
        assert!(report.verdict() == Verdict::Fail && report.findings().len() < 100, "{what}: {}", report.findings().len());
        assert!(report.findings().iter().all(|finding| finding.message.len() < 10_000), "{what}");
    }
}

/// Thousands of certificates of one name that is long. Were each compared with each other, this would run for minutes.
#[test]
fn certificates_of_one_name_are_sorted_in_proportion() {
    let subject = name(&"\u{fdfa}".repeat(100));
    let text: String = (0..MAX_CERTIFICATES).map(|at| unsigned(&[1, (at >> 8) as u8, at as u8], &subject, &[])).collect();
    for role in [Role::Auto, Role::Cert] {
        let report = check_all(&[(role, text.as_bytes())], pki::policy());
        assert_eq!(report.verdict(), Verdict::Fail);
        assert!(report.findings().len() <= MAX_FINDINGS);
    }
}
