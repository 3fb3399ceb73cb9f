//! Mutations that keep DER whole: an element is changed, and the lengths around it with it. A mutator of bytes seldom gets past the outermost length.

use crate::der::{first, tlv};
use fastrand::Rng;

/// An element, taken apart as far as it goes.
#[derive(Clone)]
struct Element {
    tag: u8,
    /// What stands before the elements inside: the count of unused bits of a BIT STRING.
    before: Vec<u8>,
    inside: Inside,
}

#[derive(Clone)]
enum Inside {
    Bytes(Vec<u8>),
    Elements(Vec<Element>),
}

/// The elements that these bytes are to the last one, and at least one.
fn elements(bytes: &[u8]) -> Option<Vec<Element>> {
    let mut list = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (tag, content, after) = first(rest)?;
        // OCTET STRING and BIT STRING often hold DER themselves.
        let (before, content) = match (tag, content) {
            (0x03, [0, content @ ..]) => (vec![0], content),
            _ => (Vec::new(), content),
        };
        let may_hold = tag & 0x20 != 0 || matches!(tag, 0x03 | 0x04);
        let inside = match elements(content).filter(|_| may_hold) {
            Some(list) => Inside::Elements(list),
            None => Inside::Bytes(content.to_vec()),
        };
        list.push(Element { tag, before, inside });
        rest = after;
    }
    (!list.is_empty()).then_some(list)
}

fn written(list: &[Element]) -> Vec<u8> {
    let one = |element: &Element| match &element.inside {
        Inside::Bytes(bytes) => tlv(element.tag, &[&element.before, bytes]),
        Inside::Elements(list) => tlv(element.tag, &[&element.before, &written(list)]),
    };
    list.iter().flat_map(one).collect()
}

fn count(list: &[Element]) -> usize {
    list.iter()
        .map(|element| match &element.inside {
            Inside::Bytes(_) => 1,
            Inside::Elements(list) => 1 + count(list),
        })
        .sum()
}

/// The list that holds the element of this number, counted through the tree, and its place there.
fn at<'l>(list: &'l mut Vec<Element>, number: &mut usize) -> Option<(&'l mut Vec<Element>, usize)> {
    let mut found = None;
    for (place, element) in list.iter().enumerate() {
        if *number == 0 {
            found = Some((place, true));
            break;
        }
        *number -= 1;
        if let Inside::Elements(inner) = &element.inside {
            let inner = count(inner);
            if *number < inner {
                found = Some((place, false));
                break;
            }
            *number -= inner;
        }
    }
    match found? {
        (place, true) => Some((list, place)),
        (place, false) => match &mut list[place].inside {
            Inside::Elements(inner) => at(inner, number),
            Inside::Bytes(_) => None,
        },
    }
}

/// Values at which readers of numbers, times, strings and flags turn.
const EDGES: &[&[u8]] = &[
    &[],
    &[0],
    &[1],
    &[0x7f],
    &[0x80],
    &[0xff],
    &[0, 0],
    &[0, 0x80],
    &[0xff, 0xff],
    &[0, 0xff, 0xff, 0xff, 0xff],
    &[0x7f; 21],
    b"20500101000000Z",
    b"491231235959Z",
    b"991231235959Z",
    b"*.example.com",
    b".",
];

/// Tags that certificates have, and some that they have not.
const TAGS: &[u8] = &[
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86, 0x87, 0xa0, 0xa1,
    0xa3,
];

/// These bytes with an element changed, left out, doubled, exchanged or put elsewhere; sometimes with a length in a longer form than it needs, or a byte
/// after the end. `None` where they are no DER.
pub fn der(bytes: &[u8], seed: u64) -> Option<Vec<u8>> {
    let mut list = elements(bytes)?;
    let mut rng = Rng::with_seed(seed);
    for _ in 0..=rng.usize(..2) {
        change(&mut list, &mut rng);
    }
    let mut out = written(&list);
    match rng.u8(..40) {
        0 => out.push(rng.u8(..)),
        1 => {
            // A length of one byte where none is needed (X.690 section 10.1).
            let short = out.windows(2).enumerate().skip(2).find(|(_, pair)| pair[0] == 0x30 && pair[1] < 0x7f).map(|(at, _)| at);
            if let Some(at) = short {
                out.insert(at + 1, 0x81);
            }
        }
        _ => {}
    }
    Some(out)
}

fn change(list: &mut Vec<Element>, rng: &mut Rng) {
    let all = count(list);
    if all == 0 {
        return;
    }
    let another = at(list, &mut rng.usize(..all)).map(|(list, place)| list[place].clone());
    let Some((list, place)) = at(list, &mut rng.usize(..all)) else { return };
    match rng.u8(..9) {
        0 => drop(list.remove(place)),
        1 => list.insert(place, list[place].clone()),
        2 => {
            let other = rng.usize(..list.len());
            list.swap(place, other);
        }
        3 => list[place].tag = TAGS[rng.usize(..TAGS.len())],
        4 => list[place].inside = Inside::Bytes(EDGES[rng.usize(..EDGES.len())].to_vec()),
        5 => list[place] = another.unwrap_or_else(|| list[place].clone()),
        6 => list.insert(place, another.unwrap_or_else(|| list[place].clone())),
        7 => list[place].tag ^= 0x20,
        _ => {
            if let Inside::Bytes(bytes) = &mut list[place].inside
                && !bytes.is_empty()
            {
                let at = rng.usize(..bytes.len());
                bytes[at] ^= 1 << rng.u8(..8);
            }
        }
    }
}

/// The same behind a byte that says what they are.
pub fn behind_first(bytes: &[u8], seed: u64) -> Option<Vec<u8>> {
    let (first, rest) = bytes.split_first()?;
    Some([&[*first], &der(rest, seed)?[..]].concat())
}

/// A text with the DER of one of its PEM blocks changed so. `None` where it has none.
pub fn pem(text: &[u8], seed: u64) -> Option<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN ";
    let text = std::str::from_utf8(text).ok()?;
    let mut rng = Rng::with_seed(seed);
    let begins: Vec<usize> = text.match_indices(BEGIN).map(|(at, _)| at).collect();
    let start = *begins.get(rng.usize(..begins.len().max(1)))?;
    let rest = &text[start..];
    let end = rest.find("-----END ").and_then(|at| Some(at + rest[at..].find('\n')? + 1)).unwrap_or(rest.len());
    let (label, content) = pem_rfc7468::decode_vec(&rest.as_bytes()[..end]).ok()?;
    let changed = crate::sound::pem(label, &der(&content, rng.u64(..))?);
    Some([&text[..start], &changed, &rest[end..]].concat().into_bytes())
}

/// Writes `changed` over the bytes of a fuzzer's buffer, if there is something that fits; the new length. Otherwise `None`, and the buffer is as it was.
pub fn put(changed: Option<Vec<u8>>, buffer: &mut [u8], max: usize) -> Option<usize> {
    let changed = changed.filter(|changed| changed.len() <= max.min(buffer.len()))?;
    buffer[..changed.len()].copy_from_slice(&changed);
    Some(changed.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::rewritten;
    use crate::sound::{ED25519, fixture};

    #[test]
    fn what_is_changed_is_mostly_der_still_and_mostly_another() {
        let leaf = &fixture(ED25519.cert)[0];
        let all: Vec<Vec<u8>> = (0..1000).map(|seed| der(leaf, seed).unwrap()).collect();
        assert!(all.iter().filter(|der| rewritten(der).is_some()).count() > 800);
        assert!(all.iter().filter(|der| *der != leaf).count() > 900);
        // Somewhere inside extension values, too.
        assert!(all.iter().any(|der| der.len() == leaf.len() && der[..20] == leaf[..20] && der != leaf));
        assert_eq!(der(b"no DER", 1), None);
    }

    #[test]
    fn a_block_of_a_text_is_changed_and_the_rest_stays() {
        let text = [b"before\n", ED25519.cert, b"after\n"].concat();
        let changed = pem(&text, 7).unwrap();
        assert!(changed != text && changed.starts_with(b"before\n") && changed.ends_with(b"after\n"));
        assert_eq!(pem(b"no PEM", 7), None);
    }

    #[test]
    fn a_buffer_takes_what_fits() {
        let mut buffer = [0; 8];
        assert_eq!((put(Some(vec![1, 2]), &mut buffer, 8), buffer[..3].to_vec()), (Some(2), vec![1, 2, 0]));
        assert_eq!(put(Some(vec![1; 9]), &mut buffer, 20), None);
        assert_eq!(put(Some(vec![1; 5]), &mut buffer, 4), None);
        assert_eq!(put(None, &mut buffer, 8), None);
    }
}
