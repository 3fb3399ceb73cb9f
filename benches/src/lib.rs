//! How long the stages of a check take: `cargo bench -p certflight-benches`. What inputs that are made to be slow take is found by
//! `cargo run --release -p certflight-benches --example search`.

pub mod bundle;
pub mod decoders;
pub mod der;
pub mod floor;
pub mod hostile;
pub mod peer;
pub mod steps;
