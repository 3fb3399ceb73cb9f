//! The certificates of PKCS#7 or CMS signed data (RFC 5652 section 5.1). Nothing there is signed in practice: it is a bag of certificates.

use crate::ber;
use crate::bounds::MAX_OBJECTS;
use crate::problem::Problem;
use crate::tlv::{Elements, is_context};
use certflight_validate::Object;
use der::{Encode as _, Tag, Tagged as _};

pub(crate) fn open(bytes: &[u8]) -> Result<Vec<Object>, Problem> {
    let der = ber::to_der(bytes)?;
    let mut info = Elements::of_sequence(&der)?;
    if info.oid()?.to_string() != "1.2.840.113549.1.7.2" {
        return Err(Problem::Unsupported("a kind of PKCS#7 other than signed data".to_owned()));
    }
    let mut data = info.explicit()?.sequence()?;
    // Version, digest algorithms, the signed content.
    data.number()?;
    data.content(Tag::Set)?;
    data.sequence()?;
    let mut objects = Vec::new();
    for element in data.rest()? {
        if !is_context(element.tag(), 0, true) {
            continue;
        }
        let mut certificates = Elements::new(element.value())?;
        while let Some(certificate) = certificates.next()? {
            // Other choices are attribute certificates and outdated forms (RFC 5652 section 10.2.2).
            if certificate.tag() == Tag::Sequence {
                let der = certificate.to_der().map_err(|_| Problem::Damaged("a certificate in it cannot be taken out"))?;
                objects.push(Object::Certificate(der));
            }
            if objects.len() > MAX_OBJECTS {
                return Err(Problem::TooCostly(format!("more than {MAX_OBJECTS} certificates")));
            }
        }
    }
    Ok(objects)
}
