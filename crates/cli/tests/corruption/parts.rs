//! What happens to a bundle as a whole: files of two partners mixed up, certificates lost or in the wrong file.

use crate::blocks;
use crate::bundle::{Bundle, Part};
use fastrand::Rng;

/// The last ones are sound bundles to take something from.
type Change = (&'static str, fn(&mut Rng, &mut Bundle, &[Bundle]));

pub(crate) const PARTS: &[Change] = &[
    ("an input of another bundle", |rng, bundle, sound| {
        let part = some(rng, bundle);
        if let Some(other) = rng.choice(sound).unwrap().parts.iter().find(|other| other.flag == part.flag) {
            part.bytes = other.bytes.clone();
        }
    }),
    ("a block of another bundle", |rng, bundle, sound| {
        let block = block_of(rng, sound);
        blocks_of(some(rng, bundle), |blocks| {
            if let Some(old) = rng.choice(blocks) {
                *old = block;
            }
        });
    }),
    ("a block of another bundle added", |rng, bundle, sound| {
        let block = block_of(rng, sound);
        blocks_of(some(rng, bundle), |blocks| blocks.insert(rng.usize(..=blocks.len()), block));
    }),
    ("an input of another bundle added", |rng, bundle, sound| {
        let other = &of_any(rng, sound).bytes;
        some(rng, bundle).bytes.extend(other);
    }),
    ("a file of another bundle beside it", |rng, bundle, sound| {
        let bytes = of_any(rng, sound).bytes.clone();
        bundle.parts.push(Part { flag: None, file: format!("more-{:08x}.pem", rng.u32(..)), bytes, there: true });
    }),
    ("a block left out", |rng, bundle, _| {
        blocks_of(some(rng, bundle), |blocks| {
            if !blocks.is_empty() {
                blocks.remove(rng.usize(..blocks.len()));
            }
        });
    }),
    ("a block doubled", |rng, bundle, _| {
        blocks_of(some(rng, bundle), |blocks| {
            if let Some(copy) = rng.choice(&*blocks).cloned() {
                blocks.insert(rng.usize(..=blocks.len()), copy);
            }
        });
    }),
    ("blocks in another order", |rng, bundle, _| blocks_of(some(rng, bundle), |blocks| rng.shuffle(blocks))),
    ("a block in another input", |rng, bundle, _| {
        let mut moved = None;
        let is_moved = rng.bool();
        blocks_of(some(rng, bundle), |blocks| {
            let at = rng.usize(..blocks.len().max(1));
            moved = blocks.get(at).cloned();
            if is_moved && moved.is_some() {
                blocks.remove(at);
            }
        });
        if let Some(block) = moved {
            blocks_of(some(rng, bundle), |blocks| blocks.insert(rng.usize(..=blocks.len()), block));
        }
    }),
    ("two inputs swapped", |rng, bundle, _| {
        let (a, b) = (rng.usize(..bundle.parts.len()), rng.usize(..bundle.parts.len()));
        let bytes = bundle.parts[a].bytes.clone();
        bundle.parts[a].bytes = std::mem::replace(&mut bundle.parts[b].bytes, bytes);
    }),
    ("one DER in place of the text", |rng, bundle, _| {
        let part = some(rng, bundle);
        if let Some((_, der)) = rng.choice(blocks::contents(&part.bytes)) {
            part.bytes = der;
        }
    }),
    ("an input not given", |rng, bundle, _| {
        if bundle.parts.len() > 1 {
            bundle.parts.remove(rng.usize(..bundle.parts.len()));
        }
    }),
    ("a file that is not there", |rng, bundle, _| some(rng, bundle).there = false),
    ("all in one file", |rng, bundle, _| {
        rng.shuffle(&mut bundle.parts);
        let bytes = bundle.parts.iter().flat_map(|part| part.bytes.clone()).collect();
        bundle.parts = vec![Part { flag: None, file: "all.pem".to_owned(), bytes, there: true }];
    }),
];

pub(crate) fn some<'a>(rng: &mut Rng, bundle: &'a mut Bundle) -> &'a mut Part {
    let at = rng.usize(..bundle.parts.len());
    &mut bundle.parts[at]
}

/// An input of a sound bundle.
pub(crate) fn of_any<'a>(rng: &mut Rng, sound: &'a [Bundle]) -> &'a Part {
    let bundle = rng.choice(sound).unwrap();
    rng.choice(&bundle.parts).unwrap()
}

/// A certificate or a key of a sound bundle.
fn block_of(rng: &mut Rng, sound: &[Bundle]) -> Vec<u8> {
    let part = of_any(rng, sound);
    let place = rng.choice(blocks::places(&part.bytes)).unwrap();
    part.bytes[place].to_vec()
}

/// Changes the list of blocks; what stands around them goes.
fn blocks_of(part: &mut Part, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut list: Vec<Vec<u8>> = blocks::places(&part.bytes).into_iter().map(|place| part.bytes[place].to_vec()).collect();
    change(&mut list);
    part.bytes = list.concat();
}
