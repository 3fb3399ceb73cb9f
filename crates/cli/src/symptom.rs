//! From what another tool says to the page of the code behind it. The pages name such texts in backticks, where they tell how a thing comes about and who
//! refuses it.

use certflight_validate::Code;

/// What is behind most reports of failing client certificates (docs/causes.md).
const COMMON: [Code; 4] = [Code::KeyMismatch, Code::ChainMissingIssuer, Code::EkuNoClientAuth, Code::CertificateExpired];

/// A code whose page knows the symptom.
pub(crate) struct Match {
    pub(crate) code: Code,
    /// The text of the page that was recognised.
    pub(crate) symptom: String,
}

/// The codes behind a symptom, the likeliest first: those whose pages name it or a part of it, the longest part first.
pub(crate) fn find(text: &str) -> Vec<Match> {
    let text = normal(text);
    let mut named: Vec<(usize, Match)> = Code::ALL.iter().filter_map(|code| by_name(*code, &text)).collect();
    // Of equal ones the commonest; then that whose own name has the more of the words; then the table's order: what fails comes before what is mended.
    let own = |code: Code| code.name().split('-').filter(|part| text.split(' ').any(|word| word == *part)).count();
    named.sort_by_key(|(length, found)| std::cmp::Reverse((*length, COMMON.contains(&found.code), own(found.code))));
    named.into_iter().map(|(_, found)| found).collect()
}

/// The longest symptom of a page that the text holds, or that holds the text.
fn by_name(code: Code, text: &str) -> Option<(usize, Match)> {
    let shared = |symptom: &str| {
        let (whole, part) = (format!(" {text} "), format!(" {} ", normal(symptom)));
        // Of a symptom two words say something, one does not.
        let is_part = text.contains(' ') && part.contains(&whole);
        (whole.contains(&part) || is_part).then_some(whole.len().min(part.len()))
    };
    // Of those that share as much, the one that says the least besides.
    let longest = symptoms(code.page())
        .into_iter()
        .filter_map(|symptom| Some((shared(&symptom)?, symptom)))
        .max_by_key(|(length, symptom)| (*length, std::cmp::Reverse(symptom.len())));
    longest.map(|(length, symptom)| (length, Match { code, symptom }))
}

/// What stands in backticks in the two parts that speak of other tools; a line break in it is a space.
fn symptoms(page: &str) -> Vec<String> {
    let parts = page.split("\n## ").filter(|part| part.starts_with("How it comes about") || part.starts_with("Who refuses it"));
    parts
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .map(|text| text.replace('\n', " "))
        .filter(|text| normal(text).len() >= 8)
        .collect()
}

/// In lower case, with one space for all that is no letter or digit.
fn normal(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_tools_say_leads_to_the_page() {
        for (text, code) in [
            ("key values mismatch", "key-mismatch"),
            (
                "140:error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch:x509_cmp.c:341:",
                "key-mismatch",
            ),
            ("tls: private key does not match public key", "key-mismatch"),
            ("unable to get local issuer certificate", "chain-missing-issuer"),
            ("verify error:num=20:unable to get local issuer certificate", "chain-missing-issuer"),
            ("UnknownIssuer", "chain-missing-issuer"),
            ("Post \"https://api.example.com\": x509: certificate signed by unknown authority", "chain-missing-issuer"),
            ("unsuitable certificate purpose", "eku-no-client-auth"),
            ("certificate has expired", "certificate-expired"),
            ("bad end line", "pem-unterminated"),
            ("wrong final block length", "pem-newlines-lost"),
            ("unknown private key type", "pem-unexpected-block"),
            ("x509: certificate specifies an incompatible key usage", "eku-no-client-auth"),
            ("UnsupportedCertVersion", "certificate-version"),
            ("ca md too weak", "signature-weak"),
            ("SSL alert number 48", "probe-unknown-ca"),
            ("error:0A000412:SSL routines::sslv3 alert bad certificate:SSL alert number 42", "probe-bad-certificate"),
            ("remote error: tls: unknown certificate authority", "probe-unknown-ca"),
            ("javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_unknown", "probe-certificate-unknown"),
            ("400 The SSL certificate error", "probe-http-refused"),
            ("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "probe-certificate-required"),
        ] {
            let found = find(text);
            assert_eq!(found.first().map(|found| found.code.name()), Some(code), "{text}");
        }
    }

    /// The commonest texts that have several causes.
    #[test]
    fn all_the_causes_of_a_text_are_named() {
        for (text, codes) in [
            ("no start line", ["input-empty", "pem-not-found", "text-encoding"]),
            ("mac verify failure", ["container-input", "passphrase-wrong", "container-damaged"]),
            ("tlsv1 alert unknown ca", ["chain-missing-issuer", "chain-untrusted", "chain-signature-invalid"]),
        ] {
            let found: Vec<&str> = find(text).iter().map(|found| found.code.name()).collect();
            for code in codes {
                assert!(found.contains(&code), "{text}: {code} is not among {found:?}");
            }
        }
    }

    #[test]
    fn what_no_page_knows_leads_nowhere() {
        for text in ["", " ", "the", "certificate", "xyzzy plugh quux", "SSL alert number 200", "\u{1b}[31m"] {
            assert!(find(text).is_empty(), "{text}");
        }
    }
}
