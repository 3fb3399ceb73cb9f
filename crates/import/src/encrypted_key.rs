//! EncryptedPrivateKeyInfo (RFC 5958 section 3).

use crate::ber;
use crate::bounds::Budget;
use crate::passphrase::Passphrase;
use crate::pbe::{Expected, Scheme};
use crate::problem::Problem;
use crate::tlv::Elements;
use certflight_validate::{Object, SecretBytes};

pub(crate) fn open(bytes: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<Vec<Object>, Problem> {
    let der = ber::to_der(bytes)?;
    let mut info = Elements::of_sequence(&der)?;
    let scheme = Scheme::read(info.sequence()?)?;
    let text = info.octets()?;
    let mut plain = scheme.decrypt(passphrase, text, Expected::Key, budget)?;
    Ok(vec![Object::PrivateKey(SecretBytes::new(std::mem::take(&mut *plain)))])
}
