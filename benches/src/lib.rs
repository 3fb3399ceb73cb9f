//! How long the stages of a check take: `cargo bench -p certflight-benches`.
