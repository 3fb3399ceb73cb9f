//! P-521 for the key exchange. ring has it not, and servers on OpenSSL take a certificate on a curve under TLS 1.2 only where the client offers that curve for
//! the key exchange, too (RFC 8422 section 5.1.1), as clients on OpenSSL do.

use p521::PublicKey;
use p521::ecdh::EphemeralSecret;
use p521::elliptic_curve::Generate as _;
use p521::elliptic_curve::sec1::ToSec1Point as _;
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

/// secp521r1.
#[derive(Debug)]
pub(crate) struct P521;

impl SupportedKxGroup for P521 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = EphemeralSecret::try_generate().map_err(|_| Error::FailedToGetRandomBytes)?;
        let public = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Box::new(Started { secret, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

struct Started {
    secret: EphemeralSecret,
    public: Vec<u8>,
}

impl ActiveKeyExchange for Started {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        // The uncompressed form alone (RFC 8446 section 4.2.8.2); a point that is not on the curve is refused.
        let peer = if peer.first() == Some(&4) { PublicKey::from_sec1_bytes(peer).ok() } else { None };
        let peer = peer.ok_or(Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare))?;
        Ok(SharedSecret::from(self.secret.diffie_hellman(&peer).raw_secret_bytes().as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_come_to_one_secret() {
        let (one, other) = (P521.start().unwrap(), P521.start().unwrap());
        let (to_one, to_other) = (other.pub_key().to_vec(), one.pub_key().to_vec());
        let (one, other) = (one.complete(&to_one).unwrap(), other.complete(&to_other).unwrap());
        assert_eq!((one.secret_bytes().len(), one.secret_bytes()), (66, other.secret_bytes()));
    }

    #[test]
    fn what_is_no_point_is_refused() {
        let start = || P521.start().unwrap();
        let mut off = start().pub_key().to_vec();
        *off.last_mut().unwrap() ^= 1;
        let compressed = [&[2], &start().pub_key()[1..67]].concat();
        for peer in [&[][..], &[4], &[0], &off, &compressed] {
            assert!(start().complete(peer).is_err());
        }
    }
}
