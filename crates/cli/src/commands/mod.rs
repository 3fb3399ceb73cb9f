//! The commands, a file each.

pub(crate) mod check;
pub(crate) mod convert;
pub(crate) mod explain;
pub(crate) mod sandbox;
pub(crate) mod upload;
