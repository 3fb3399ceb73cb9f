//! Uploads.
/// d
pub const DEFAULT_API_URL: &str = "https://api.vercel.com";
