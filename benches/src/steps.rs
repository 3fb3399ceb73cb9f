//! What is measured of a bundle: a whole check, its steps, and beside them what bounds it from below. The bench `ratio` and the example `table` measure the same.

use crate::bundle::{self, Bundle};
use crate::decoders;
use crate::floor::Floor;
use crate::peer::Peer;
use certflight_validate::harness::{Stage, up_to};
use std::rc::Rc;

/// A measurement by name; it says whether it came to what it should.
pub type Step<'b> = (&'static str, Box<dyn Fn() -> bool + 'b>);

/// Of a bundle whose certificates stand in the order of the path: the whole, its floor, each of the two and of its own steps alone, the decoders alone.
pub fn all(bundle: &Bundle) -> Vec<Step<'_>> {
    let floor = Rc::new(Floor::of(bundle));
    let (verify, key) = (Rc::clone(&floor), Rc::clone(&floor));
    let mut steps: Vec<Step<'_>> = vec![
        ("verify", Box::new(move || verify.verify())),
        ("match", Box::new(move || key.match_key())),
        ("decoders", Box::new(|| decoders::run(bundle))),
    ];
    let stages = [
        ("scan", Stage::Scan),
        ("decode", Stage::Decode),
        ("certificates", Stage::Certificates),
        ("key", Stage::Key),
        ("path", Stage::Path),
    ];
    steps.extend(stages.map(|(name, stage)| (name, run(bundle, stage))));
    steps.extend(with_floor(bundle));
    steps
}

/// The whole and its floor, and the peer where it takes the bundle.
pub fn with_floor(bundle: &Bundle) -> Vec<Step<'_>> {
    let floor = Floor::of(bundle);
    let mut steps: Vec<Step<'_>> = vec![("floor", Box::new(move || floor.run()))];
    steps.extend(whole(bundle));
    let peer = Peer::of(bundle);
    if peer.verifies() {
        steps.push(("webpki", Box::new(move || peer.verifies())));
    }
    steps
}

/// The whole alone: of a graph, which signatures are the fewest is what the search has to find out.
pub fn whole(bundle: &Bundle) -> Vec<Step<'_>> {
    vec![("whole", run(bundle, Stage::Rules))]
}

fn run(bundle: &Bundle, stage: Stage) -> Box<dyn Fn() -> bool + '_> {
    let gate = bundle::gate();
    Box::new(move || up_to(stage, &bundle::request(&bundle.sources()), &gate))
}
