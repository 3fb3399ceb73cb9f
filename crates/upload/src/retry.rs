//! Whether a request that failed is sent again, and when.

use crate::error::{Error, Failure, Operation};
use std::time::Duration;

/// How often a request is sent at the most.
pub(crate) const MAX_TRIES: u32 = 4;

/// How long the waits between them may be together, but for what chance adds. A server that asks for more is told to the user, who can plan it.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(60);

/// The wait before the second try, where the server asks for none; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How long to wait before `error`'s request is sent again; `None` when it is not. It was sent `tries` times, with waits of `waited` in all. `chance`, 0 to 1,
/// spreads those who failed at the same moment.
pub(crate) fn wait(error: &Error, tries: u32, waited: Duration, chance: f64) -> Option<Duration> {
    if !is_repeatable(error) {
        return None;
    }
    // At the least, and a little of chance on top.
    let (least, more) = match &error.failure {
        Failure::Refused { retry_after: Some(asked), .. } => (*asked, FIRST_WAIT / 2),
        _ => {
            let half = FIRST_WAIT.saturating_mul(1 << (tries.saturating_sub(1)).min(16)) / 2;
            (half, half)
        }
    };
    let is_bounded = waited.saturating_add(least) <= MAX_WAIT;
    is_bounded.then(|| least.saturating_add(more.mul_f64(chance.clamp(0.0, 1.0))))
}

/// Nothing is sent twice that may have been carried out once. A question has no such danger (RFC 9110 section 9.2.2).
fn is_repeatable(error: &Error) -> bool {
    match &error.failure {
        Failure::Unreachable { is_tls, .. } => !is_tls,
        Failure::Refused { status: 429 | 503, .. } => true,
        Failure::Refused { status: 500 | 502 | 504, .. } | Failure::Unanswered { .. } => error.operation == Operation::List,
        Failure::Refused { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(operation: Operation, status: u16, retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        Error::new(operation, Failure::Refused { status, code: None, message: None, request_id: None, retry_after })
    }

    fn unanswered(operation: Operation) -> Error {
        Error::new(operation, Failure::Unanswered { cause: String::new(), request_id: None })
    }

    #[test]
    fn only_what_was_surely_not_taken_is_sent_again() {
        let again = |error: &Error| wait(error, 1, Duration::ZERO, 0.5).is_some();
        for operation in [Operation::Upload, Operation::Delete] {
            for status in [307, 400, 401, 402, 403, 404, 405, 409, 500, 501, 502, 504] {
                assert!(!again(&refused(operation, status, Some(0))), "{status}");
            }
            assert!(!again(&unanswered(operation)));
        }
        assert!(again(&unanswered(Operation::List)) && again(&refused(Operation::List, 502, None)));
        assert!(!again(&refused(Operation::List, 404, None)));
        for operation in [Operation::Upload, Operation::List, Operation::Delete] {
            assert!(again(&refused(operation, 429, None)) && again(&refused(operation, 503, None)));
            let unreachable = |is_tls| Error::new(operation, Failure::Unreachable { cause: String::new(), is_tls });
            assert!(again(&unreachable(false)) && !again(&unreachable(true)));
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let error = refused(Operation::Upload, 503, None);
        let at = |tries, chance| wait(&error, tries, Duration::ZERO, chance).unwrap().as_millis();
        assert_eq!([at(1, 0.0), at(1, 1.0), at(2, 0.0), at(2, 1.0), at(3, 1.0)], [250, 500, 500, 1000, 2000]);
        assert_eq!(wait(&error, u32::MAX, Duration::ZERO, 0.0), None);
        assert_eq!(wait(&error, 1, MAX_WAIT, 0.0), None);
        assert_eq!(wait(&error, 1, Duration::MAX, 1.0), None);
    }

    #[test]
    fn a_server_is_given_the_time_it_asks_for() {
        let asked = |seconds, chance| wait(&refused(Operation::Upload, 429, Some(seconds)), 1, Duration::ZERO, chance);
        assert_eq!(asked(0, 0.0), Some(Duration::ZERO));
        assert_eq!(asked(7, 1.0), Some(Duration::from_millis(7250)));
        assert_eq!(asked(60, 0.0), Some(MAX_WAIT));
        assert_eq!(asked(60, 1.0), Some(Duration::from_millis(60_250)));
        for seconds in [61, 3600, u64::MAX] {
            assert_eq!(asked(seconds, 0.0), None);
        }
    }
}
