//! The frame of a certificate: every tag that RFC 5280 section 4.1 prescribes, in its place. x509-parser takes some others for them, and signers and
//! servers do not.

use super::der::{self, BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, Tlv};

const UTF8_STRING: u8 = 0x0c;
const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

/// What a signature is made of.
pub(crate) struct Frame<'a> {
    /// The bytes that the issuer signed.
    pub(crate) signed: &'a [u8],
    /// The signature's value.
    pub(crate) signature: &'a [u8],
}

type Checked = Result<(), &'static str>;

/// The frame of `der`, if all of its tags are the prescribed ones.
pub(crate) fn of(der: &[u8]) -> Result<Frame<'_>, &'static str> {
    let outer = der::only(der)?;
    let [tbs, signature_algorithm, signature] = children(outer, SEQUENCE)?;
    algorithm(signature_algorithm)?;
    tbs_certificate(tbs)?;
    match (signature.tag, signature.content) {
        // RFC 5280 section 4.1.1.3: the signature is a whole number of bytes.
        (BIT_STRING, [0, value @ ..]) => Ok(Frame { signed: tbs.whole, signature: value }),
        _ => Err("the signature is no whole number of bytes"),
    }
}

fn tbs_certificate(tbs: Tlv<'_>) -> Checked {
    tagged(tbs, SEQUENCE)?;
    let mut fields = tbs.children().peekable();
    if let Some(version) = fields.next_if(|field| field.tag == 0xa0) {
        let [number] = children(version, 0xa0)?;
        tagged(number, INTEGER)?;
    }
    let mut field = || fields.next().ok_or("a field of the signed part is missing");
    tagged(field()?, INTEGER)?;
    algorithm(field()?)?;
    name(field()?)?;
    let [from, to] = children(field()?, SEQUENCE)?;
    if ![from, to].iter().all(|time| matches!(time.tag, der::UTC_TIME | der::GENERALIZED_TIME)) {
        return Err("its validity does not consist of two times");
    }
    name(field()?)?;
    let [key_algorithm, key] = children(field()?, SEQUENCE)?;
    algorithm(key_algorithm)?;
    tagged(key, BIT_STRING)?;
    let _ = fields.next_if(|field| field.tag == 0x81);
    let _ = fields.next_if(|field| field.tag == 0x82);
    if let Some(extensions) = fields.next_if(|field| field.tag == 0xa3) {
        let [list] = children(extensions, 0xa3)?;
        tagged(list, SEQUENCE)?;
        list.children().try_for_each(extension)?;
    }
    if fields.next().is_some() { Err("the signed part has a field too many") } else { Ok(()) }
}

/// AlgorithmIdentifier, section 4.1.1.2.
fn algorithm(tlv: Tlv<'_>) -> Checked {
    tagged(tlv, SEQUENCE)?;
    let mut parts = tlv.children();
    tagged(parts.next().ok_or(TAG)?, OID)?;
    if parts.nth(1).is_some() { Err(TAG) } else { Ok(()) }
}

/// Name, section 4.1.2.4.
fn name(tlv: Tlv<'_>) -> Checked {
    tagged(tlv, SEQUENCE)?;
    tlv.children().try_for_each(|rdn| {
        tagged(rdn, SET)?;
        rdn.children().try_for_each(|attribute| {
            let [kind, value] = children(attribute, SEQUENCE)?;
            tagged(kind, OID)?;
            attribute_value(value)
        })
    })
}

/// AttributeValue, section 4.1.2.4: the types that OpenSSL reads in a name, and text that is text of its type. With another it reads nothing of the certificate.
fn attribute_value(tlv: Tlv<'_>) -> Checked {
    let is_text = match tlv.tag {
        UTF8_STRING => str::from_utf8(tlv.content).is_ok(),
        // X.680 section 41.15: characters of the basic plane, no halves of others.
        BMP_STRING => is_made_of_characters(tlv.content, 2),
        UNIVERSAL_STRING => is_made_of_characters(tlv.content, 4),
        // What stands in these is not looked at: others take any byte.
        NUMERIC_STRING | PRINTABLE_STRING | TELETEX_STRING | IA5_STRING | BIT_STRING | SEQUENCE => true,
        _ => return Err("a value in a name is of a type that does not stand in names"),
    };
    if is_text { Ok(()) } else { Err("a value in a name is no text of its type") }
}

/// Whether `content` is a row of characters, of so many bytes each.
fn is_made_of_characters(content: &[u8], width: usize) -> bool {
    let code = |bytes: &[u8]| bytes.iter().fold(0, |code, &byte| code << 8 | u32::from(byte));
    content.len().is_multiple_of(width) && content.chunks(width).all(|bytes| char::from_u32(code(bytes)).is_some())
}

/// Extension, section 4.2, and the outermost tag of the values that are read.
fn extension(tlv: Tlv<'_>) -> Checked {
    tagged(tlv, SEQUENCE)?;
    let mut parts = tlv.children().peekable();
    let id = parts.next().ok_or(TAG)?;
    tagged(id, OID)?;
    let _ = parts.next_if(|part| part.tag == BOOLEAN);
    let value = parts.next().ok_or(TAG)?;
    tagged(value, OCTET_STRING)?;
    if parts.next().is_some() {
        return Err(TAG);
    }
    // Below 2.5.29. What does not hold one element is told by its own reader.
    let ([0x55, 0x1d, arc], Ok(inner)) = (id.content, der::only(value.content)) else { return Ok(()) };
    match arc {
        14 => tagged(inner, OCTET_STRING),
        15 => tagged(inner, BIT_STRING),
        17 => {
            tagged(inner, SEQUENCE)?;
            inner.children().try_for_each(general_name)
        }
        19 => one_of_each(inner, &[BOOLEAN, INTEGER]),
        30 => name_constraints(inner),
        32 => some(inner, SEQUENCE, |policy| {
            tagged(policy, SEQUENCE)?;
            let mut parts = policy.children();
            tagged(parts.next().ok_or(TAG)?, OID)?;
            parts.next().map_or(Ok(()), |qualifiers| tagged(qualifiers, SEQUENCE))?;
            if parts.next().is_some() { Err(TAG) } else { Ok(()) }
        }),
        33 => some(inner, SEQUENCE, |mapping| {
            let [issuer, subject] = children(mapping, SEQUENCE)?;
            tagged(issuer, OID)?;
            tagged(subject, OID)
        }),
        35 => {
            one_of_each(inner, &[0x80, 0xa1, 0x82])?;
            inner.children().filter(|part| part.tag == 0xa1).try_for_each(|names| some(names, 0xa1, general_name))
        }
        36 => {
            one_of_each(inner, &[0x80, 0x81])?;
            inner.children().try_for_each(|part| der::integer(part.content))
        }
        37 => {
            tagged(inner, SEQUENCE)?;
            inner.children().try_for_each(|purpose| tagged(purpose, OID))
        }
        54 => tagged(inner, INTEGER),
        _ => Ok(()),
    }
}

/// NameConstraints, section 4.2.1.10. An empty list would keep x509-parser from reading the one after it.
fn name_constraints(tlv: Tlv<'_>) -> Checked {
    one_of_each(tlv, &[0xa0, 0xa1])?;
    tlv.children().try_for_each(|subtrees| {
        some(subtrees, subtrees.tag, |subtree| {
            tagged(subtree, SEQUENCE)?;
            let parts: Vec<Tlv<'_>> = subtree.children().take(3).collect();
            match parts.as_slice() {
                [base] => general_name(*base),
                // The default, written out, says nothing; OpenSSL takes it.
                [base, minimum] if minimum.whole == [0x80, 0x01, 0x00] => general_name(*base),
                _ => Err("a name constraint has a minimum or maximum, which RFC 5280 does not allow"),
            }
        })
    })
}

/// GeneralName, section 4.2.1.6.
fn general_name(tlv: Tlv<'_>) -> Checked {
    match tlv.tag {
        0xa0 => {
            let [kind, value] = children(tlv, 0xa0)?;
            tagged(kind, OID)?;
            tagged(value, 0xa0)
        }
        0x81 | 0x82 | 0xa3 | 0xa5 | 0x86 | 0x87 | 0x88 => Ok(()),
        0xa4 => {
            let [inner] = children(tlv, 0xa4)?;
            name(inner)
        }
        _ => Err(TAG),
    }
}

const TAG: &str = "an element has not the type that is prescribed in its place";

fn tagged(tlv: Tlv<'_>, tag: u8) -> Checked {
    if tlv.tag == tag { Ok(()) } else { Err(TAG) }
}

/// The content of an element that has exactly so many parts.
fn children<const N: usize>(tlv: Tlv<'_>, tag: u8) -> Result<[Tlv<'_>; N], &'static str> {
    tagged(tlv, tag)?;
    let mut parts = tlv.children();
    let mut all = [tlv; N];
    for part in &mut all {
        *part = parts.next().ok_or(TAG)?;
    }
    if parts.next().is_some() { Err(TAG) } else { Ok(all) }
}

/// At least one part, each of which holds.
fn some(tlv: Tlv<'_>, tag: u8, holds: impl Fn(Tlv<'_>) -> Checked) -> Checked {
    tagged(tlv, tag)?;
    if tlv.content.is_empty() {
        return Err("a list is empty that must not be");
    }
    tlv.children().try_for_each(holds)
}

/// A SEQUENCE whose parts have these tags, in this order, each at most once.
fn one_of_each(tlv: Tlv<'_>, tags: &[u8]) -> Checked {
    tagged(tlv, SEQUENCE)?;
    let mut rest = tags.iter();
    tlv.children().try_for_each(|part| if rest.any(|tag| *tag == part.tag) { Ok(()) } else { Err(TAG) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name of one attribute, whose value has this tag and content.
    fn name_of(tag: u8, content: &[u8]) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let attribute = [&[OID, 3, 0x55, 4, 3], element(tag, content).as_slice()].concat();
        element(SEQUENCE, &element(SET, &element(SEQUENCE, &attribute)))
    }

    #[test]
    fn names_hold_text_of_their_type() {
        let of = |tag, content: &[u8]| name(der::only(&name_of(tag, content)).unwrap());
        for (tag, content) in [
            (UTF8_STRING, "Müller".as_bytes()),
            (UTF8_STRING, b""),
            (PRINTABLE_STRING, b"M\xfcller"),
            (TELETEX_STRING, b"M\xfcller"),
            (BMP_STRING, b"\0M\0\xfc"),
            (UNIVERSAL_STRING, b"\0\x01\xf6\0"),
            (BIT_STRING, b"\0M"),
        ] {
            assert_eq!(of(tag, content), Ok(()), "{tag:#x}");
        }
        // Latin-1, half of a surrogate pair in UTF-8 and alone, an odd byte, beyond the last character; VisibleString, INTEGER.
        for (tag, content) in [
            (UTF8_STRING, &b"M\xfcller"[..]),
            (UTF8_STRING, b"\xed\xa0\x80"),
            (BMP_STRING, b"\xd8\0\0M"),
            (BMP_STRING, b"\0M\0"),
            (UNIVERSAL_STRING, b"\0\x11\0\0"),
            (UNIVERSAL_STRING, b"\0\0\0"),
            (0x1a, b"M"),
            (INTEGER, b"M"),
        ] {
            assert!(of(tag, content).is_err(), "{tag:#x} {content:?}");
        }
    }

    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, u8::try_from(content.len()).unwrap()][..], &content].concat()
    }

    /// The last arc of an identifier below 2.5.29, a value that holds, and values that do not.
    #[test]
    fn values_of_extensions_have_the_types_that_are_prescribed() {
        let id: &[u8] = &[0x06, 0x01, 0x2a];
        let name: &[u8] = &[0x82, 0x01, b'a'];
        let number: &[u8] = &[0x02, 0x01, 0x01];
        let sequence = |parts: &[&[u8]]| tlv(0x30, parts);
        let subtrees = |parts: &[&[u8]]| sequence(&[&tlv(0xa0, &[&sequence(parts)])]);
        let of = |arc: u8, inner: &[u8]| {
            let extension = tlv(0x30, &[&[0x06, 0x03, 0x55, 0x1d, arc], &tlv(0x04, &[inner])]);
            extension_of(&extension)
        };
        for (arc, sound, bad) in [
            (14, tlv(0x04, &[]), vec![number.to_vec()]),
            (15, tlv(0x03, &[&[0]]), vec![number.to_vec()]),
            (17, sequence(&[name]), vec![number.to_vec(), sequence(&[number])]),
            (19, sequence(&[&[0x01, 0x01, 0xff], number]), vec![number.to_vec(), sequence(&[number, number])]),
            (
                30,
                subtrees(&[name]),
                vec![number.to_vec(), subtrees(&[number]), subtrees(&[name, &[0x80, 0x01, 0x01]]), subtrees(&[name, name, name])],
            ),
            (30, subtrees(&[name, &[0x80, 0x01, 0x00]]), vec![sequence(&[&tlv(0xa0, &[])])]),
            (
                32,
                sequence(&[&sequence(&[id])]),
                vec![sequence(&[]), sequence(&[&sequence(&[number])]), sequence(&[&sequence(&[id, number])])],
            ),
            (
                33,
                sequence(&[&sequence(&[id, id])]),
                vec![sequence(&[&sequence(&[id, number])]), sequence(&[&sequence(&[id])]), sequence(&[&sequence(&[id, id, id])])],
            ),
            (
                35,
                sequence(&[&tlv(0x80, &[]), &tlv(0xa1, &[name])]),
                vec![sequence(&[&tlv(0x83, &[])]), sequence(&[&tlv(0xa1, &[number])])],
            ),
            (36, sequence(&[&tlv(0x80, &[&[1]])]), vec![sequence(&[&tlv(0x80, &[])]), sequence(&[&tlv(0x82, &[&[1]])])]),
            (37, sequence(&[id]), vec![sequence(&[number]), number.to_vec()]),
            (54, number.to_vec(), vec![tlv(0x04, &[])]),
        ] {
            assert_eq!(of(arc, &sound), Ok(()), "{arc}");
            for bad in bad {
                assert!(of(arc, &bad).is_err(), "{arc}: {bad:02x?}");
            }
        }
        assert_eq!(of(99, number), Ok(()), "others are not looked into");
    }

    fn extension_of(der: &[u8]) -> Checked {
        extension(der::only(der).unwrap())
    }
}
