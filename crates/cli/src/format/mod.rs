//! The output formats, a file each.

pub(crate) mod human;
pub(crate) mod json;
