//! BER to DER (X.690 sections 8 and 10): older tools write containers with indefinite lengths and strings in parts.

use crate::bounds::{MAX_ELEMENTS, MAX_NESTING};
use crate::problem::Problem;
use zeroize::Zeroizing;

const CUT: Problem = Problem::Damaged("an element ends before its length says so");
const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING: u8 = 0x04;

/// The first element of `input` with definite lengths of the shortest form and its octet strings in one part, and nothing that follows it. An
/// element that is in DER stays as it is, to the bit.
pub(crate) fn to_der(input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let (first, _) = element(input, 0, &mut { MAX_ELEMENTS })?;
    // As long as it will be: what a buffer grows out of is not wiped.
    let mut out = Zeroizing::new(Vec::with_capacity(first.length()));
    first.write(&mut out);
    Ok(out)
}

/// One element, with its children where it has to be written anew.
struct Element<'a> {
    tag: u8,
    content: Content<'a>,
}

enum Content<'a> {
    /// Taken over with its header.
    Whole(&'a [u8]),
    Children(Vec<Element<'a>>),
    /// The parts of an octet string.
    Parts(Vec<&'a [u8]>),
}

/// The header of an element.
struct Header<'a> {
    tag: u8,
    /// None for an indefinite one.
    length: Option<usize>,
    /// Its length is written as DER writes it.
    shortest: bool,
    rest: &'a [u8],
}

fn header(input: &[u8]) -> Result<Header<'_>, Problem> {
    let [tag, length, rest @ ..] = input else { return Err(CUT) };
    if tag & 0x1f == 0x1f {
        return Err(Problem::Damaged("an element's tag is above 30"));
    }
    match *length {
        short @ 0..=0x7f => Ok(Header { tag: *tag, length: Some(usize::from(short)), shortest: true, rest }),
        0x80 if tag & CONSTRUCTED != 0 => Ok(Header { tag: *tag, length: None, shortest: false, rest }),
        0x80 => Err(Problem::Damaged("a plain element has no length")),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f)).ok_or(CUT)?;
            // Leading zeros are allowed in BER; what is left must fit the input, so four bytes are enough.
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = digits.get(zeros..).filter(|digits| digits.len() <= 4).ok_or(CUT)?;
            let length = digits.iter().fold(0_u64, |n, &digit| n << 8 | u64::from(digit));
            let shortest = zeros == 0 && length >= 0x80;
            Ok(Header { tag: *tag, length: Some(usize::try_from(length).map_err(|_| CUT)?), shortest, rest })
        }
    }
}

/// The first element; `left` is how many there may still be.
fn element<'a>(input: &'a [u8], depth: usize, left: &mut usize) -> Result<(Element<'a>, &'a [u8]), Problem> {
    if depth == MAX_NESTING {
        return Err(Problem::Damaged("it is nested too deep"));
    }
    *left = left.checked_sub(1).ok_or(Problem::Damaged("it has more elements than any container"))?;
    let Header { tag, length, shortest, rest } = header(input)?;
    let (mut body, mut after) = match length {
        Some(length) => rest.split_at_checked(length).ok_or(CUT)?,
        None => (rest, &[][..]),
    };
    let whole = |after: &[u8]| input.get(..input.len() - after.len()).unwrap_or_default();
    if tag & CONSTRUCTED == 0 {
        let content = if shortest { Content::Whole(whole(after)) } else { Content::Parts(vec![body]) };
        return Ok((Element { tag, content }, after));
    }
    let mut children = Vec::new();
    let mut plain = shortest;
    loop {
        match (length, body) {
            (Some(_), []) => break,
            // The two zeros that end an indefinite length (X.690 section 8.1.5).
            (None, [0, 0, rest @ ..]) => {
                after = rest;
                break;
            }
            _ => {}
        }
        let (child, rest) = element(body, depth + 1, left)?;
        plain &= matches!(child.content, Content::Whole(_));
        children.push(child);
        body = rest;
    }
    let content = if tag == OCTET_STRING | CONSTRUCTED {
        let mut parts = Vec::new();
        for child in &children {
            child.parts(&mut parts)?;
        }
        return Ok((Element { tag: OCTET_STRING, content: Content::Parts(parts) }, after));
    } else if plain {
        Content::Whole(whole(after))
    } else {
        Content::Children(children)
    };
    Ok((Element { tag, content }, after))
}

impl<'a> Element<'a> {
    /// The parts of an octet string, in their order (X.690 section 8.7).
    fn parts(&self, parts: &mut Vec<&'a [u8]>) -> Result<(), Problem> {
        match &self.content {
            Content::Whole(whole) if self.tag == OCTET_STRING => parts.push(header(whole)?.rest),
            Content::Parts(inner) if self.tag == OCTET_STRING => parts.extend(inner),
            _ => return Err(Problem::Damaged("a string has a part that is none")),
        }
        Ok(())
    }

    fn length(&self) -> usize {
        match &self.content {
            Content::Whole(whole) => whole.len(),
            Content::Children(_) | Content::Parts(_) => {
                let body = self.body_length();
                1 + length_bytes(body).count() + body
            }
        }
    }

    fn body_length(&self) -> usize {
        match &self.content {
            Content::Whole(whole) => whole.len(),
            Content::Children(children) => children.iter().map(Element::length).sum(),
            Content::Parts(parts) => parts.iter().map(|part| part.len()).sum(),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        if let Content::Whole(whole) = &self.content {
            return out.extend_from_slice(whole);
        }
        out.push(self.tag);
        out.extend(length_bytes(self.body_length()));
        match &self.content {
            Content::Whole(_) => {}
            Content::Children(children) => children.iter().for_each(|child| child.write(out)),
            Content::Parts(parts) => parts.iter().for_each(|part| out.extend_from_slice(part)),
        }
    }
}

/// A length as DER writes it (X.690 section 10.1).
fn length_bytes(length: usize) -> impl Iterator<Item = u8> {
    let digits = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
    let count = digits.clone().count() as u8; // at most eight
    let first = if length < 0x80 { length as u8 } else { 0x80 | count };
    std::iter::once(first).chain(digits.filter(move |_| length >= 0x80))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(input: &[u8]) -> Vec<u8> {
        to_der(input).unwrap().to_vec()
    }

    #[test]
    fn indefinite_lengths_and_parts_are_put_together() {
        assert_eq!(der(&[0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00]), [0x30, 0x03, 0x02, 0x01, 0x05]);
        assert_eq!(der(&[0x24, 0x80, 0x04, 0x01, 0xaa, 0x24, 0x03, 0x04, 0x01, 0xbb, 0x00, 0x00]), [0x04, 0x02, 0xaa, 0xbb]);
        // Lengths that are longer than they need to be.
        assert_eq!(der(&[0x30, 0x82, 0x00, 0x04, 0x02, 0x81, 0x01, 0x05]), [0x30, 0x03, 0x02, 0x01, 0x05]);
        // Inside what has a length, too.
        assert_eq!(der(&[0x30, 0x06, 0xa0, 0x80, 0x05, 0x00, 0x00, 0x00]), [0x30, 0x04, 0xa0, 0x02, 0x05, 0x00]);
        let long = [&[0x24, 0x80, 0x04, 0x81, 0x80][..], &[7; 128], &[0, 0]].concat();
        assert_eq!(der(&long), [&[0x04, 0x81, 0x80][..], &[7; 128]].concat());
    }

    #[test]
    fn what_is_plain_stays_as_it_is() {
        for plain in [&[0x30, 0x03, 0x02, 0x01, 0x05][..], &[0x04, 0x00]] {
            assert_eq!(der(plain), plain);
            assert_eq!(der(&[plain, &[1, 2, 3]].concat()), plain, "what follows is left");
        }
    }

    #[test]
    fn lying_lengths_and_deep_nesting_are_refused() {
        for bad in [
            &[0x30][..],
            &[0x30, 0x05, 0x02, 0x01, 0x05],
            &[0x30, 0x80, 0x02, 0x01, 0x05],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00],
            &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0x04, 0x80, 0x00, 0x00],
            &[0x24, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00],
            &[0x1f, 0x1f, 0x00],
        ] {
            assert!(matches!(to_der(bad), Err(Problem::Damaged(_))), "{bad:02x?}");
        }
        assert!(to_der(&[0x30, 0x80].repeat(100_000)).is_err());
        assert!(to_der(&[&[0x30, 0x80][..], &[0x05, 0x00].repeat(MAX_ELEMENTS)].concat()).is_err());
    }

    #[test]
    fn nesting_and_elements_have_their_bounds() {
        let nested = |levels: usize| to_der(&[[0x30, 0x80].repeat(levels), vec![0; 2 * levels]].concat());
        assert!(nested(MAX_NESTING).is_ok() && nested(MAX_NESTING + 1).is_err());
        let many = |count: usize| to_der(&[&[0x30, 0x80][..], &[0x05, 0x00].repeat(count - 1), &[0, 0]].concat());
        assert!(many(MAX_ELEMENTS).is_ok() && many(MAX_ELEMENTS + 1).is_err());
    }

    #[test]
    fn tags_above_thirty_are_told() {
        assert!(header(&[0x00, 0x00]).is_ok() && header(&[0x1e, 0x00]).is_ok());
        for tag in [0x1f, 0x3f, 0xbf] {
            assert!(header(&[tag, 0x00]).is_err(), "{tag:02x}");
        }
    }

    #[test]
    fn parts_of_a_string_are_strings() {
        assert_eq!(der(&[0x24, 0x80, 0x04, 0x81, 0x01, 0xaa, 0x00, 0x00]), [0x04, 0x01, 0xaa]);
        assert!(to_der(&[0x24, 0x80, 0x02, 0x81, 0x01, 0xaa, 0x00, 0x00]).is_err());
    }
}
