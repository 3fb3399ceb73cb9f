//! One corrupted bundle and how it is given, by its number: the same number is always the same.

use crate::blocks;
use crate::bundle::Bundle;
use crate::bytes::BYTES;
use crate::der;
use crate::parts::{self, PARTS};
use crate::text::TEXT;
use fastrand::Rng;

/// How the inputs are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Given {
    /// By flags, where the bundle has them.
    Flags,
    /// One of them by standard input.
    Stdin(usize),
    /// As FILES, sorted by what they hold.
    Files,
}

pub(crate) struct Plan {
    pub(crate) number: u64,
    pub(crate) bundle: Bundle,
    /// What was done to it, in this order.
    pub(crate) done: Vec<&'static str>,
    pub(crate) given: Given,
    pub(crate) human: bool,
}

const SEED: u64 = 0x6365_7274_666c_6967;

pub(crate) fn plan(number: u64, sound: &[Bundle]) -> Plan {
    let mut rng = Rng::with_seed(SEED ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let rng = &mut rng;
    let original = drawn(rng, sound);
    let mut bundle = original.clone();
    let mut done = Vec::new();
    let count = rng.choice([1, 1, 1, 1, 1, 2, 2, 3, 4]).unwrap();
    // Some changes find nothing to change, and two may undo each other.
    while done.len() < count || bundle == *original {
        done.push(corrupt(rng, &mut bundle, sound));
    }
    let given = match rng.u8(..10) {
        0 => Given::Stdin(rng.usize(..bundle.parts.len())),
        1 => Given::Files,
        _ => Given::Flags,
    };
    Plan { number, bundle, done, given, human: rng.u8(..10) == 0 }
}

fn drawn<'a>(rng: &mut Rng, sound: &'a [Bundle]) -> &'a Bundle {
    let mut left = rng.usize(..sound.iter().map(Bundle::weight).sum::<usize>());
    let is_it = |bundle: &&Bundle| left.checked_sub(bundle.weight()).map(|rest| left = rest).is_none();
    sound.iter().find(is_it).unwrap()
}

fn corrupt(rng: &mut Rng, bundle: &mut Bundle, sound: &[Bundle]) -> &'static str {
    match rng.u8(..10) {
        0..5 => {
            let (name, change) = if rng.u8(..3) == 0 { rng.choice(BYTES) } else { rng.choice(TEXT) }.unwrap();
            let part = parts::some(rng, bundle);
            change(rng, &mut part.bytes);
            name
        }
        5..8 => {
            let text = &mut parts::some(rng, bundle).bytes;
            let Some(place) = rng.choice(blocks::places(text)) else { return "nothing" };
            let Some((label, mut content)) = blocks::decoded(&text[place.clone()]) else { return "nothing" };
            let other = structure(rng, sound, &label);
            let name = der::change(rng, &mut content, &other);
            text.splice(place, blocks::encoded(&label, &content));
            name
        }
        _ => {
            let (name, change) = rng.choice(PARTS).unwrap();
            change(rng, bundle, sound);
            name
        }
    }
}

/// The content of a block of a sound bundle, mostly of one that has this label.
fn structure(rng: &mut Rng, sound: &[Bundle], label: &str) -> Vec<u8> {
    let mut found = Vec::new();
    for _ in 0..4 {
        let part = parts::of_any(rng, sound);
        let (other, content) = rng.choice(blocks::contents(&part.bytes)).unwrap();
        found = content;
        if other == label {
            break;
        }
    }
    found
}
