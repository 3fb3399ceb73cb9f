//! What happens to bytes, be they text or DER.

use fastrand::Rng;
use std::ops::Range;

pub(crate) type Change<T> = (&'static str, fn(&mut Rng, &mut T));

pub(crate) const BYTES: &[Change<Vec<u8>>] = &[
    ("a bit turned", |rng, bytes| {
        if let Some(byte) = any(rng, bytes) {
            *byte ^= 1 << rng.u8(..8);
        }
    }),
    ("a byte replaced", |rng, bytes| {
        let new = rng.u8(..);
        if let Some(byte) = any(rng, bytes) {
            *byte = new;
        }
    }),
    ("bytes inserted", |rng, bytes| {
        let at = rng.usize(..=bytes.len());
        let count = rng.usize(1..=4);
        bytes.splice(at..at, (0..count).map(|_| rng.u8(..)));
    }),
    ("a byte left out", |rng, bytes| {
        if !bytes.is_empty() {
            bytes.remove(rng.usize(..bytes.len()));
        }
    }),
    ("a range left out", |rng, bytes| {
        let range = range(rng, bytes);
        bytes.drain(range);
    }),
    ("a range doubled", |rng, bytes| {
        let range = range(rng, bytes);
        let copy = bytes[range.clone()].to_vec();
        bytes.splice(range.end..range.end, copy);
    }),
    ("a range of one byte", |rng, bytes| {
        let range = range(rng, bytes);
        let byte = *rng.choice(b"\0\xffA= \n").unwrap();
        bytes[range].fill(byte);
    }),
    ("the end cut off", |rng, bytes| bytes.truncate(rng.usize(..=bytes.len()))),
];

fn any<'a>(rng: &mut Rng, bytes: &'a mut [u8]) -> Option<&'a mut u8> {
    let at = rng.usize(..bytes.len().max(1));
    bytes.get_mut(at)
}

/// Up to 64 bytes.
fn range(rng: &mut Rng, bytes: &[u8]) -> Range<usize> {
    let start = rng.usize(..=bytes.len());
    start..bytes.len().min(start + rng.usize(1..=64))
}
