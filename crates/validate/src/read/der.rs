//! The framing of DER: tags and lengths. Values are x509-parser's to read.

/// The deepest nesting that is followed. Certificates seen in practice stay under 12; the bound keeps hostile ones cheap.
const MAX_NESTING: usize = 32;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;

/// One element: its tag, its content, and itself whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// The elements that the content is made of; nothing where the content is no DER.
    pub(crate) fn children(&self) -> impl Iterator<Item = Tlv<'a>> + use<'a> {
        let mut rest = self.content;
        std::iter::from_fn(move || {
            let (tlv, after) = first(rest).ok()?;
            rest = after;
            Some(tlv)
        })
    }
}

/// The first element of `input`, and what follows it. X.690 section 10.1: definite, minimal lengths.
pub(crate) fn first(input: &[u8]) -> Result<(Tlv<'_>, &[u8]), &'static str> {
    let [tag, length, rest @ ..] = input else { return Err("an element is cut short") };
    if tag & 0x1f == 0x1f {
        return Err("a tag number is above 30");
    }
    let (length, body) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x80 => return Err("a length is indefinite, which DER does not allow"),
        long => {
            let (digits, body) = rest.split_at_checked(usize::from(long & 0x7f)).ok_or("an element is cut short")?;
            if digits.len() > 4 {
                return Err("a length is above any input");
            }
            let value = digits.iter().fold(0_u64, |n, &byte| n << 8 | u64::from(byte));
            if value < 0x80 || digits.first() == Some(&0) {
                return Err("a length is not written in its shortest form, which DER demands");
            }
            (usize::try_from(value).map_err(|_| "a length is above any input")?, body)
        }
    };
    let (content, after) = body.split_at_checked(length).ok_or("an element is cut short")?;
    let whole = input.get(..input.len() - after.len()).ok_or("an element is cut short")?;
    Ok((Tlv { tag: *tag, content, whole }, after))
}

/// The one element that `input` is; `Err` too where something follows it.
pub(crate) fn only(input: &[u8]) -> Result<Tlv<'_>, &'static str> {
    match first(input)? {
        (tlv, []) => Ok(tlv),
        _ => Err("bytes follow the end of the structure"),
    }
}

/// Whether `input` is one well-formed DER element, the elements inside it too (X.690 sections 8 and 11). The contents of strings are not
/// looked into.
pub(crate) fn well_formed(input: &[u8]) -> Result<(), &'static str> {
    element(only(input)?, 0)
}

fn element(tlv: Tlv<'_>, depth: usize) -> Result<(), &'static str> {
    // X.690 section 8.1.2: the class stands in the two highest bits. Certificates use universal and context-specific tags alone, and of the universal
    // ones DER builds only these two from others.
    match tlv.tag {
        0x40..=0x7f | 0xc0..=0xff => return Err("a tag is of a class that certificates do not use"),
        0x20..=0x3f if !matches!(tlv.tag, SEQUENCE | SET) => return Err("a string is split, which DER does not allow"),
        _ => {}
    }
    if tlv.tag & 0x20 != 0 {
        if depth == MAX_NESTING {
            return Err("the structure is nested too deep");
        }
        let mut rest = tlv.content;
        while !rest.is_empty() {
            let (child, after) = first(rest)?;
            element(child, depth + 1)?;
            rest = after;
        }
        return Ok(());
    }
    match (tlv.tag, tlv.content) {
        (BOOLEAN, [0x00 | 0xff]) => Ok(()),
        (BOOLEAN, _) => Err("a BOOLEAN is neither 00 nor FF"),
        (INTEGER, content) => integer(content),
        (BIT_STRING, []) => Err("a BIT STRING is empty"),
        (BIT_STRING, [unused @ 1..=7, .., last]) if last.trailing_zeros() >= u32::from(*unused) => Ok(()),
        (BIT_STRING, [0, ..]) => Ok(()),
        (BIT_STRING, _) => Err("a BIT STRING's unused bits are not zero"),
        // RFC 5280 section 4.1.2.5: to the second, in UTC, without fractions.
        (UTC_TIME, content) if !is_time(content, 12) => Err("a UTCTime is not of the form YYMMDDHHMMSSZ"),
        (GENERALIZED_TIME, content) if !is_time(content, 14) => Err("a GeneralizedTime is not of the form YYYYMMDDHHMMSSZ"),
        (NULL, content) if !content.is_empty() => Err("a NULL is not empty"),
        (OID, [] | [.., 0x80..=0xff]) => Err("an OBJECT IDENTIFIER is cut short"),
        (0x10 | 0x11, _) => Err("a SEQUENCE is not marked as constructed"),
        _ => Ok(()),
    }
}

/// Whether this is the content of an INTEGER (X.690 section 8.3).
pub(crate) fn integer(content: &[u8]) -> Result<(), &'static str> {
    match content {
        [] => Err("an INTEGER is empty"),
        [0x00, next, ..] if next & 0x80 == 0 => Err("an INTEGER has a needless leading zero"),
        [0xff, next, ..] if next & 0x80 != 0 => Err("an INTEGER has a needless leading byte"),
        _ => Ok(()),
    }
}

fn is_time(content: &[u8], digits: usize) -> bool {
    content.split_last().is_some_and(|(last, rest)| *last == b'Z' && rest.len() == digits && rest.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_minimal_and_inside() {
        assert!(well_formed(&[0x30, 0x03, 0x02, 0x01, 0x05]).is_ok());
        for bad in [
            &[0x30][..],
            &[0x30, 0x80, 0x00, 0x00],                   // indefinite
            &[0x30, 0x81, 0x03, 0x02, 0x01, 0x05],       // long form of a short length
            &[0x30, 0x82, 0x00, 0x03, 0x02, 0x01, 0x05], // leading zero
            &[0x30, 0x04, 0x02, 0x01, 0x05],             // past the end
            &[0x30, 0x03, 0x02, 0x01, 0x05, 0x00],       // trailing byte
            &[0x30, 0x03, 0x02, 0x05, 0x05],             // child past its parent
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00],
            &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0x01, 0x01, 0x01],
            &[0x02, 0x00],
            &[0x02, 0x02, 0x00, 0x01],
            &[0x03, 0x02, 0x01, 0x01],
            &[0x03, 0x01, 0x03],
            &[0x1f, 0x1f, 0x00],
            &[0x70, 0x00],
            &[0x24, 0x00],
            b"\x17\x0b2601010000Z",
            b"\x17\x11260101000000+0100",
            b"\x18\x1120260101000000.5Z",
        ] {
            assert!(well_formed(bad).is_err(), "{bad:02x?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let mut der = vec![0x30, 0x00];
        for _ in 1..MAX_NESTING {
            let length = u8::try_from(der.len()).unwrap();
            der.splice(0..0, [0x30, length]);
        }
        assert_eq!(well_formed(&der), Ok(()));
        let length = u8::try_from(der.len()).unwrap();
        der.splice(0..0, [0x30, length]);
        assert_eq!(well_formed(&der), Err("the structure is nested too deep"));
    }

    #[test]
    fn what_is_no_der_is_named() {
        for (bad, why) in [
            (&[0x1f, 0x1f, 0x00][..], "a tag number is above 30"),
            (&[0x30, 0x84, 0x01, 0x00, 0x00, 0x00], "an element is cut short"),
            (&[0x30, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00], "a length is above any input"),
            (&[0x03, 0x00], "a BIT STRING is empty"),
            (&[0x03, 0x02, 0x08, 0x00], "a BIT STRING's unused bits are not zero"),
            (&[0x05, 0x01, 0x00], "a NULL is not empty"),
            (&[0x06, 0x00], "an OBJECT IDENTIFIER is cut short"),
            (&[0x06, 0x02, 0x2a, 0x86], "an OBJECT IDENTIFIER is cut short"),
            (&[0x10, 0x00], "a SEQUENCE is not marked as constructed"),
            (&[0x11, 0x00], "a SEQUENCE is not marked as constructed"),
            (&[0x02, 0x02, 0x00, 0x7f], "an INTEGER has a needless leading zero"),
            (&[0x02, 0x02, 0xff, 0x80], "an INTEGER has a needless leading byte"),
        ] {
            assert_eq!(well_formed(bad), Err(why), "{bad:02x?}");
        }
        for sound in [
            &[0x00, 0x00][..],
            &[0x03, 0x01, 0x00],
            &[0x03, 0x02, 0x00, 0x01],
            &[0x03, 0x02, 0x07, 0x80],
            &[0x05, 0x00],
            &[0x06, 0x02, 0x2a, 0x03],
            &[0x02, 0x02, 0x00, 0x80],
            &[0x02, 0x02, 0xff, 0x7f],
        ] {
            assert_eq!(well_formed(sound), Ok(()), "{sound:02x?}");
        }
    }
}
