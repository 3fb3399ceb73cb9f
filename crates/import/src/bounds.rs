//! What opening one file may cost, each limit with the source of its number.

use crate::problem::Problem;

/// The deepest nesting of elements. Those of real containers stay under 20.
pub(crate) const MAX_NESTING: usize = 64;

/// The most elements of one container: 2,048 certificates of 240 each. A certificate with many names has 200.
pub(crate) const MAX_ELEMENTS: usize = 500_000;

/// The deepest nesting of safe contents inside safe contents (RFC 7292 section 4.2.6). No known tool nests them at all.
pub(crate) const MAX_SAFES: usize = 4;

/// The most certificates and keys of one container: as many certificates as one input may have.
pub(crate) const MAX_OBJECTS: usize = certflight_validate::MAX_CERTIFICATES;

/// The most iterations of all derivations of one file together, counted for each block of output: one that must be computed anew. The most that
/// OWASP's cheat sheet asks for is 1,300,000 (PBKDF2 with SHA-1, 2023); OpenSSL, keytool and Windows use 2,048 to 100,000.
const ITERATIONS: u64 = 10_000_000;

/// The most memory of scrypt, in bytes: OpenSSL refuses more than 32 MiB unless told otherwise (SCRYPT_MAX_MEM), with a little beside the table.
const SCRYPT_MEMORY: u64 = 32 * 1024 * 1024;

/// The most work of scrypt, as N·r·p: sixteen times what fills its memory once.
const SCRYPT_WORK: u64 = 16 * SCRYPT_MEMORY / 128;

/// As many files as may cost the most, counted with every attempt: one, its three attempts at the passphrase and one that was known already.
const FILES: u64 = 4;

/// What is left to spend on all files of one command together: each may ask for derivations of seconds, and a folder or an input holds many.
#[derive(Debug)]
pub struct Allowance {
    iterations: u64,
    scrypt: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance { iterations: FILES * ITERATIONS, scrypt: FILES * SCRYPT_WORK }
    }
}

impl Allowance {
    /// What one file may spend of it.
    pub(crate) fn of_one_file(&self) -> Budget {
        let (iterations, scrypt) = (self.iterations.min(ITERATIONS), self.scrypt.min(SCRYPT_WORK));
        Budget { iterations, scrypt, given: (iterations, scrypt) }
    }

    /// Takes away what was spent.
    pub(crate) fn settle(&mut self, budget: &Budget) {
        let (iterations, scrypt) = budget.given;
        self.iterations = self.iterations.saturating_sub(iterations.saturating_sub(budget.iterations));
        self.scrypt = self.scrypt.saturating_sub(scrypt.saturating_sub(budget.scrypt));
    }
}

/// What is left to spend on one file. Derivations are charged before they begin.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    iterations: u64,
    scrypt: u64,
    /// What it began with.
    given: (u64, u64),
}

impl Budget {
    #[cfg(test)]
    pub(crate) fn new() -> Self {
        Allowance::default().of_one_file()
    }

    /// Charges `iterations` for each of `blocks`.
    pub(crate) fn charge(&mut self, iterations: u64, blocks: u64) -> Result<(), Problem> {
        match self.iterations.checked_sub(iterations.saturating_mul(blocks)) {
            Some(left) => {
                self.iterations = left;
                Ok(())
            }
            None => Err(Problem::TooCostly(match self.given.0 {
                ITERATIONS => format!(
                    "{iterations} iterations of key derivation, where {ITERATIONS} for the whole file are the most that is taken"
                ),
                left => {
                    format!("{iterations} iterations of key derivation, where {left} are left of what all files may take together")
                }
            })),
        }
    }

    /// Charges one run of scrypt (RFC 7914 section 2).
    pub(crate) fn charge_scrypt(&mut self, n: u64, r: u64, p: u64) -> Result<(), Problem> {
        let table = n.saturating_mul(r);
        let memory = table.saturating_mul(128);
        match self.scrypt.checked_sub(table.saturating_mul(p)) {
            Some(left) if memory <= SCRYPT_MEMORY => {
                self.scrypt = left;
                Ok(())
            }
            _ => Err(Problem::TooCostly(format!("scrypt with N = {n}, r = {r}, p = {p}"))),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_untouched(&self) -> bool {
        (self.iterations, self.scrypt) == (ITERATIONS, SCRYPT_WORK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_the_limits() {
        let mut budget = Budget::new();
        assert!(budget.charge(ITERATIONS / 2, 2).is_ok());
        assert!(matches!(budget.charge(1, 1), Err(Problem::TooCostly(_))));
        assert!(budget.charge(0, 1).is_ok());
        let mut budget = Budget::new();
        assert!(budget.charge_scrypt(SCRYPT_MEMORY / 128 / 8, 8, 16).is_ok());
        assert!(budget.charge_scrypt(2, 1, 1).is_err());
        for (n, r, p) in [(SCRYPT_MEMORY / 128 / 8 * 2, 8, 1), (1 << 14, 8, 64), (u64::MAX, u64::MAX, 1), (2, 1, u64::MAX)] {
            let mut budget = Budget::new();
            assert!(matches!(budget.charge_scrypt(n, r, p), Err(Problem::TooCostly(_))), "{n} {r} {p}");
            assert!(budget.is_untouched());
        }
    }

    /// Each key of a file, each file of a folder and each attempt at a passphrase asks anew.
    #[test]
    fn all_files_together_cost_as_much_as_the_bound_and_no_more() {
        let mut allowance = Allowance::default();
        let mut spend = |iterations: u64, scrypt: u64| {
            let mut budget = allowance.of_one_file();
            let spent = budget.charge(iterations, 1).and_then(|()| budget.charge_scrypt(scrypt, 8, 16));
            allowance.settle(&budget);
            spent.is_ok()
        };
        for _ in 0..FILES {
            assert!(spend(ITERATIONS - 1, SCRYPT_MEMORY / 128 / 8));
        }
        assert!(!spend(FILES + 1, 0) && !spend(0, 1));
        assert!(spend(FILES, 0) && !spend(1, 0));
    }

    #[test]
    fn the_bounds_of_scrypt_are_those_of_openssl() {
        assert_eq!((SCRYPT_MEMORY, SCRYPT_WORK), (33_554_432, 4_194_304));
    }
}
