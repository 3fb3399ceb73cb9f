//! RSA private keys: the public half, and whether the private numbers are its other half.

use super::Problem;
use crate::public_key::PublicKey;
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero};
use pkcs1::RsaPrivateKeyRef;
use zeroize::Zeroizing;

/// The longest modulus that is looked at, in bits: OpenSSL's OPENSSL_RSA_MAX_MODULUS_BITS.
const MAX_MODULUS_BITS: usize = 16_384;

/// Reads PKCS#1 (RFC 8017 appendix A.1.2) and checks every number of it (RFC 8017 section 3.2), because signers use the factors and not
/// the private exponent: one wrong number there makes signatures that no one accepts.
///
/// The arithmetic takes a time that depends on the key. It runs once, on the owner's machine, with no one to measure it from outside.
pub(super) fn public_half(der: &[u8]) -> Result<PublicKey, Problem> {
    let key = RsaPrivateKeyRef::try_from(der).map_err(|_| Problem::Malformed("it does not follow PKCS#1"))?;
    if key.other_prime_infos.is_some() {
        return Err(Problem::Unsupported("an RSA key of more than two primes".into()));
    }
    let public = PublicKey::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes())?;
    let numbers = [key.private_exponent, key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient]
        .map(|number| number.as_bytes());
    let longest =
        numbers.iter().map(|number| number.len()).chain([key.modulus.as_bytes().len(), key.public_exponent.as_bytes().len()]).max();
    if longest.unwrap_or(0) > MAX_MODULUS_BITS / 8 {
        return Err(Problem::Unsupported("an RSA key of more than 16,384 bits".into()));
    }
    let number = |bytes: &[u8]| Zeroizing::new(BoxedUint::from_be_slice_vartime(bytes));
    let n = number(key.modulus.as_bytes());
    let e = number(key.public_exponent.as_bytes());
    let [d, p, q, dp, dq, q_inverse] = numbers.map(number);
    if Zeroizing::new(p.concatenating_mul(&*q)).cmp_vartime(&*n) != std::cmp::Ordering::Equal {
        return Err(Problem::Inconsistent("its two primes do not multiply to its modulus"));
    }
    let less_one = |number: &BoxedUint| -> Option<Zeroizing<NonZero<BoxedUint>>> {
        number.wrapping_sub(BoxedUint::one()).into_nz().into_option().map(Zeroizing::new)
    };
    let (Some(p_less_one), Some(q_less_one), Some(prime)) =
        (less_one(&p), less_one(&q), p.to_nz().into_option().map(Zeroizing::new))
    else {
        return Err(Problem::Inconsistent("one of its primes is 0 or 1"));
    };
    let inverse = |a: &BoxedUint, b: &BoxedUint, modulus: &NonZero<BoxedUint>| {
        bool::from(Zeroizing::new(Zeroizing::new(a.concatenating_mul(b)).rem_vartime(modulus)).is_one())
    };
    if !inverse(&e, &d, &p_less_one) || !inverse(&e, &d, &q_less_one) {
        return Err(Problem::Inconsistent("its private exponent does not undo its public one"));
    }
    if !inverse(&e, &dp, &p_less_one) || !inverse(&e, &dq, &q_less_one) || !inverse(&q, &q_inverse, &prime) {
        return Err(Problem::Inconsistent("the numbers that speed up signing do not fit its primes"));
    }
    Ok(public)
}
