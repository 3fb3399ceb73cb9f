//! The commands, a file each.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod delete;
pub(crate) mod explain;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod probe;
pub(crate) mod sandbox;
pub(crate) mod upload;
