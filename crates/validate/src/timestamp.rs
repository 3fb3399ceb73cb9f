//! An instant, as certificates and policies name it.

use std::fmt;
use std::time::{Duration, SystemTime};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// An instant in UTC. Shows itself as RFC 3339, `2026-11-23T12:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Reads RFC 3339: a date, a time, an offset; fractions of a second count. `None` for anything else.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self::from_offset)
    }

    /// The date alone, `2026-11-23`.
    pub fn date(self) -> String {
        self.0.format(format_description!("[year]-[month]-[day]")).unwrap_or_else(|_| self.0.date().to_string())
    }

    /// The instant this much later; the last one that can be written when there is none.
    pub(crate) fn saturating_add(self, span: Duration) -> Self {
        let span = time::Duration::try_from(span).unwrap_or(time::Duration::MAX);
        Timestamp(self.0.saturating_add(span))
    }

    /// The second it lies in, fractions cut off: certificates name their last second whole (RFC 5280 section 4.1.2.5).
    #[must_use]
    pub fn whole_second(self) -> Self {
        Timestamp(self.0.replace_nanosecond(0).unwrap_or(self.0))
    }

    /// Whole days from `earlier` to this, rounded down; 0 when this is the earlier one.
    pub fn days_since(self, earlier: Timestamp) -> u64 {
        u64::try_from((self.0 - earlier.0).whole_days()).unwrap_or(0)
    }

    /// Seconds since 1970 began.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    pub(crate) fn from_offset(instant: OffsetDateTime) -> Self {
        Timestamp(instant.to_offset(UtcOffset::UTC))
    }
}

/// Instants beyond the years -9999 to 9999 become the nearest that can be written.
impl From<SystemTime> for Timestamp {
    fn from(instant: SystemTime) -> Self {
        let (ahead, span) = match instant.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(span) => (true, span),
            Err(before) => (false, before.duration()),
        };
        let span = time::Duration::try_from(span).unwrap_or(time::Duration::MAX);
        let epoch = OffsetDateTime::UNIX_EPOCH;
        Timestamp(if ahead { epoch.saturating_add(span) } else { epoch.saturating_sub(span) })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.format(&Rfc3339).map_err(|_| fmt::Error).or_else(|_| Ok::<_, fmt::Error>(self.0.to_string()))?;
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_fractions() {
        let at = Timestamp::parse_rfc3339("2026-11-23T13:00:00.5+01:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-23T12:00:00.5Z");
        assert!(Timestamp::parse_rfc3339("2026-11-23").is_none());
        assert!(at > Timestamp::parse_rfc3339("2026-11-23T12:00:00Z").unwrap());
    }

    #[test]
    fn extremes_do_not_panic() {
        let epoch = Timestamp::from(SystemTime::UNIX_EPOCH);
        assert_eq!(epoch.date(), "1970-01-01");
        assert!(epoch.saturating_add(Duration::MAX) > epoch);
    }

    #[test]
    fn spans_are_counted_in_whole_days_and_seconds() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let (early, late) = (at("2026-11-01T12:00:00Z"), at("2026-11-23T11:59:59Z"));
        assert_eq!((late.days_since(early), early.days_since(late), early.days_since(early)), (21, 0, 0));
        assert_eq!(at("1970-01-02T00:00:01Z").unix_seconds(), 86_401);
        assert_eq!(at("1969-12-31T23:59:59Z").unix_seconds(), -1);
    }
}
