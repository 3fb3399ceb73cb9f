//! How the command is linked.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    // The unwinder of GCC comes as a library of its own, and to load one more library makes a start that stands in every commit hook 6 % longer (docs/speed.md). In the executable it is 25 KB. Where the
    // linker looks for it too late, the library is loaded as before.
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
