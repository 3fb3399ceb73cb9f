//! Runs one bundle so many times, for a profiler: `once KIND (validate|verify|match|nothing) TIMES`.

use certflight_benches::bundle::{self, Bundle};
use certflight_benches::floor::Floor;
use certflight_validate::validate;
use std::hint::black_box;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, what, times] = arguments.as_slice() else { panic!("usage: once KIND (validate|verify|match|nothing) TIMES") };
    let bundle = named(kind);
    let floor = Floor::of(&bundle);
    let sources = bundle.sources();
    let (request, gate) = (bundle::request(&sources), bundle::gate());
    for _ in 0..times.parse().expect("a number") {
        let good = match what.as_str() {
            "validate" => validate(&request, &gate).is_ok(),
            "verify" => floor.verify(),
            "match" => floor.match_key(),
            _ => true,
        };
        assert!(black_box(good));
    }
}

fn named(kind: &str) -> Bundle {
    let number = |text: &str| text.parse().expect("a number");
    match kind.split_once(':') {
        Some(("deep", count)) => bundle::deep(number(count)),
        Some(("roots", count)) => bundle::roots(number(count)),
        Some(("cross", count)) => bundle::cross_signed(number(count)),
        _ => bundle::by_key().into_iter().find(|bundle| bundle.name == kind).expect("a kind"),
    }
}
