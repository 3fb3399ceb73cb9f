//! What a process takes that does little: `process nothing`, `process read` reads the P-256 bundle for its crypto floor, `process floor` computes it, too. The floor of a process,
//! in which no instruction was run before, is the difference of the last two.

use certflight_benches::bundle::Bundle;
use certflight_benches::floor::Floor;

const CERT: &str = include_str!("../../fixtures/data/ok__p256-pkcs8/cert.pem");
const KEY: &str = include_str!("../../fixtures/data/ok__p256-pkcs8/key.pem");
const CA: &str = include_str!("../../fixtures/data/ok__p256-pkcs8/ca.pem");

fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    if what == "read" || what == "floor" {
        let floor = Floor::of(&Bundle { name: String::new(), cert: CERT.into(), key: KEY.into(), ca: CA.into() });
        assert!(what == "read" || floor.run());
    }
}
