//! PKCS#12 (RFC 7292).

use crate::ber;
use crate::bounds::{Budget, MAX_OBJECTS, MAX_SAFES};
use crate::kdf::{Hash, Kdf, Purpose};
use crate::passphrase::Passphrase;
use crate::pbe::{self, Expected, Scheme};
use crate::problem::Problem;
use crate::tlv::{Elements, is_context};
use certflight_validate::{Object, SecretBytes};
use der::{Encode as _, Tagged as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use zeroize::Zeroizing;

const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const ENVELOPED_DATA: &str = "1.2.840.113549.1.7.3";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";

/// A part of the authenticated safe (RFC 7292 section 4.1).
enum Part {
    Plain(Vec<Bag>),
    Encrypted(Scheme, Vec<u8>),
}

/// What a bag holds, of what is looked for (RFC 7292 section 4.2).
enum Bag {
    Certificate(Vec<u8>),
    Key(Zeroizing<Vec<u8>>),
    ShroudedKey(Scheme, Vec<u8>),
}

pub(crate) fn open(bytes: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<Vec<Object>, Problem> {
    let der = ber::to_der(bytes)?;
    let mut pfx = Elements::of_sequence(&der)?;
    if pfx.number()? != 3 {
        return Err(Problem::Unsupported("a version of PKCS#12 other than 3".to_owned()));
    }
    let mut info = pfx.sequence()?;
    let content = match info.oid()?.to_string().as_str() {
        DATA => info.explicit()?.octets()?,
        SIGNED_DATA => return Err(Problem::Unsupported("integrity by a signature instead of a passphrase".to_owned())),
        _ => return Err(Problem::Damaged("its content is of no known type")),
    };
    let authentication = pfx.next()?.map(|data| Elements::new(data.value()).and_then(Authentication::read)).transpose()?;
    let parts = parts(content)?;

    // All that can be seen before the first derivation is counted before the first derivation.
    let mut visible = budget.clone();
    if let Some(authentication) = &authentication {
        authentication.charge(&mut visible)?;
    }
    for part in &parts {
        match part {
            Part::Plain(bags) => charge(bags, &mut visible)?,
            Part::Encrypted(scheme, _) => scheme.charge(&mut visible)?,
        }
    }

    let authentic = authentication.map(|authentication| authentication.verify(content, passphrase, budget)).transpose()?;
    if authentic == Some(false) {
        return Err(altered(&parts, passphrase, budget));
    }
    let mut contents = Contents { passphrase, budget, proved: authentic == Some(true), objects: Vec::new() };
    for part in parts {
        contents.part(part)?;
    }
    Ok(contents.objects)
}

fn charge(bags: &[Bag], budget: &mut Budget) -> Result<(), Problem> {
    bags.iter().try_for_each(|bag| match bag {
        Bag::ShroudedKey(scheme, _) => scheme.charge(budget),
        Bag::Certificate(_) | Bag::Key(_) => Ok(()),
    })
}

/// Why the file does not authenticate: if the passphrase opens any part, it is the right one. A file in which nothing is encrypted does not tell.
fn altered(parts: &[Part], passphrase: &Passphrase, budget: &mut Budget) -> Problem {
    let opens = |scheme: &Scheme, text: &[u8], expected: Expected, budget: &mut Budget| {
        matches!(scheme.decrypt(passphrase, text, expected, budget), Ok(_) | Err(Problem::Damaged(_)))
    };
    let proved = parts.iter().any(|part| match part {
        Part::Encrypted(scheme, text) => opens(scheme, text, Expected::Safe, budget),
        Part::Plain(bags) => bags.iter().any(|bag| match bag {
            Bag::ShroudedKey(scheme, text) => opens(scheme, text, Expected::Key, budget),
            Bag::Certificate(_) | Bag::Key(_) => false,
        }),
    });
    match proved {
        true => Problem::Damaged("its checksum does not fit what it holds, so it was changed since it was made"),
        false => Problem::WrongPassphrase,
    }
}

struct Contents<'a> {
    passphrase: &'a Passphrase,
    budget: &'a mut Budget,
    /// The passphrase has opened something, or the file is authentic.
    proved: bool,
    objects: Vec<Object>,
}

impl Contents<'_> {
    fn part(&mut self, part: Part) -> Result<(), Problem> {
        let bags = match part {
            Part::Plain(bags) => bags,
            Part::Encrypted(scheme, text) => {
                let plain = self.decrypt(&scheme, &text, Expected::Safe)?;
                let bags = bags(&plain, 0)?;
                charge(&bags, &mut self.budget.clone())?;
                bags
            }
        };
        for bag in bags {
            let object = match bag {
                Bag::Certificate(der) => Object::Certificate(der),
                Bag::Key(mut der) => Object::PrivateKey(SecretBytes::new(std::mem::take(&mut *der))),
                Bag::ShroudedKey(scheme, text) => {
                    let mut der = self.decrypt(&scheme, &text, Expected::Key)?;
                    Object::PrivateKey(SecretBytes::new(std::mem::take(&mut *der)))
                }
            };
            self.objects.push(object);
            if self.objects.len() > MAX_OBJECTS {
                return Err(Problem::TooCostly(format!("more than {MAX_OBJECTS} certificates and keys")));
            }
        }
        Ok(())
    }

    fn decrypt(&mut self, scheme: &Scheme, text: &[u8], expected: Expected) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let opened = scheme.decrypt(self.passphrase, text, expected, self.budget);
        let opened = opened.map_err(|problem| if self.proved { problem.with_right_passphrase() } else { problem })?;
        self.proved = true;
        Ok(opened)
    }
}

/// AuthenticatedSafe: what is plain is read, what is encrypted is kept.
fn parts(content: &[u8]) -> Result<Vec<Part>, Problem> {
    let der = ber::to_der(content)?;
    let mut safes = Elements::of_sequence(&der)?;
    let mut parts = Vec::new();
    while let Some(info) = safes.next()? {
        let mut info = Elements::new(info.value())?;
        match info.oid()?.to_string().as_str() {
            DATA => parts.push(Part::Plain(bags(info.explicit()?.octets()?, 0)?)),
            ENCRYPTED_DATA => {
                let mut data = info.explicit()?.sequence()?;
                data.number()?;
                let mut encrypted = data.sequence()?;
                encrypted.oid()?;
                let scheme = Scheme::read(encrypted.sequence()?)?;
                let text = encrypted_content(&mut encrypted)?;
                parts.push(Part::Encrypted(scheme, text));
            }
            ENVELOPED_DATA => return Err(Problem::Unsupported("encryption for a certificate instead of a passphrase".to_owned())),
            _ => return Err(Problem::Damaged("a part of it is of no known type")),
        }
    }
    Ok(parts)
}

/// `[0] IMPLICIT OCTET STRING` (RFC 5652 section 6.1), which BER may have in parts.
fn encrypted_content(elements: &mut Elements<'_>) -> Result<Vec<u8>, Problem> {
    let element = elements.any()?;
    if is_context(element.tag(), 0, false) {
        return Ok(element.value().to_vec());
    }
    if !is_context(element.tag(), 0, true) {
        return Err(Problem::Damaged("an encrypted part has no content"));
    }
    let mut inner = Elements::new(element.value())?;
    let mut text = Vec::new();
    while let Some(part) = inner.next()? {
        text.extend_from_slice(part.value());
    }
    Ok(text)
}

/// SafeContents.
fn bags(content: &[u8], depth: usize) -> Result<Vec<Bag>, Problem> {
    if depth == MAX_SAFES {
        return Err(Problem::Damaged("its safes are nested too deep"));
    }
    let der = ber::to_der(content)?;
    let mut safe = Elements::of_sequence(&der)?;
    let mut list = Vec::new();
    while let Some(bag) = safe.next()? {
        let mut bag = Elements::new(bag.value())?;
        let kind = bag.oid()?.to_string();
        let Some(kind) = kind.strip_prefix("1.2.840.113549.1.12.10.1.") else { continue };
        // The attributes after the value are names for people, and often not in DER's order.
        let mut value = bag.explicit()?;
        let der = |value: &mut Elements<'_>| value.any()?.to_der().map_err(|_| Problem::Damaged("a bag cannot be taken out"));
        match kind {
            "1" => list.push(Bag::Key(Zeroizing::new(der(&mut value)?))),
            "2" => {
                let mut info = value.sequence()?;
                list.push(Bag::ShroudedKey(Scheme::read(info.sequence()?)?, info.octets()?.to_vec()));
            }
            "3" => {
                let mut certificate = value.sequence()?;
                // The other kind is SDSI's (RFC 7292 section 4.2.3).
                if certificate.oid()?.to_string() == "1.2.840.113549.1.9.22.1" {
                    list.push(Bag::Certificate(certificate.explicit()?.octets()?.to_vec()));
                }
            }
            "6" => list.append(&mut bags(&Zeroizing::new(der(&mut value)?), depth + 1)?),
            // Revocation lists, secrets, and what is not known.
            _ => {}
        }
        if list.len() > MAX_OBJECTS {
            return Err(Problem::TooCostly(format!("more than {MAX_OBJECTS} certificates and keys")));
        }
    }
    Ok(list)
}

/// MacData (RFC 7292 section 4), and PBMAC1 in it (RFC 9579).
struct Authentication {
    kdf: Kdf,
    length: usize,
    hash: Hash,
    digest: Vec<u8>,
}

/// The longest key of a MAC: a block of SHA-512; a longer one is hashed first and gains nothing.
const MAX_MAC_KEY: u64 = 128;

impl Authentication {
    fn read(mut data: Elements<'_>) -> Result<Self, Problem> {
        let mut info = data.sequence()?;
        let mut algorithm = info.sequence()?;
        let oid = algorithm.oid()?.to_string();
        let digest = info.octets()?.to_vec();
        let salt = data.octets()?.to_vec();
        let iterations = match data.next()? {
            Some(element) => crate::tlv::number(element)?,
            None => 1,
        };
        let hash = match oid.as_str() {
            "1.3.14.3.2.26" => Hash::Sha1,
            "2.16.840.1.101.3.4.2.4" => Hash::Sha224,
            "2.16.840.1.101.3.4.2.1" => Hash::Sha256,
            "2.16.840.1.101.3.4.2.2" => Hash::Sha384,
            "2.16.840.1.101.3.4.2.3" => Hash::Sha512,
            "1.2.840.113549.2.5" => Hash::Md5,
            "1.2.840.113549.1.5.14" => {
                let mut parameters = algorithm.sequence()?;
                let (kdf, length) = pbe::kdf(parameters.sequence()?)?;
                let hash = pbe::prf(parameters.sequence()?)?;
                let length = length.filter(|length| (1..=MAX_MAC_KEY).contains(length));
                let length = length.and_then(|length| usize::try_from(length).ok());
                let length = length.ok_or(Problem::Damaged("its checksum does not say how long its key is"))?;
                return Ok(Authentication { kdf, length, hash, digest });
            }
            other => return Err(Problem::Unsupported(pbe::name(other))),
        };
        Ok(Authentication { kdf: Kdf::Pkcs12 { hash, salt, iterations }, length: hash.length(), hash, digest })
    }

    fn charge(&self, budget: &mut Budget) -> Result<(), Problem> {
        self.kdf.charge(self.length, budget)
    }

    fn verify(&self, content: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<bool, Problem> {
        let key = self.kdf.derive(passphrase, Purpose::Mac, self.length, budget)?;
        macro_rules! fits {
            ($hash:ty) => {
                // A key of any length is one (RFC 2104 section 3).
                Hmac::<$hash>::new_from_slice(&key).is_ok_and(|mac| mac.chain_update(content).verify_slice(&self.digest).is_ok())
            };
        }
        Ok(match self.hash {
            Hash::Md5 => fits!(md5::Md5),
            Hash::Sha1 => fits!(sha1::Sha1),
            Hash::Sha224 => fits!(sha2::Sha224),
            Hash::Sha256 => fits!(sha2::Sha256),
            Hash::Sha384 => fits!(sha2::Sha384),
            Hash::Sha512 => fits!(sha2::Sha512),
        })
    }
}
