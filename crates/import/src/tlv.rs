//! Elements of DER, read one after the other.

use crate::problem::Problem;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};

const MALFORMED: Problem = Problem::Damaged("an element is not of the kind that its format prescribes");

/// Elements that follow one another, as the content of a SEQUENCE or a SET.
pub(crate) struct Elements<'a> {
    reader: SliceReader<'a>,
}

impl<'a> Elements<'a> {
    /// The elements that `content` is made of.
    pub(crate) fn new(content: &'a [u8]) -> Result<Self, Problem> {
        Ok(Elements { reader: SliceReader::new(content).map_err(|_| MALFORMED)? })
    }

    /// The content of the one SEQUENCE that `whole` is.
    pub(crate) fn of_sequence(whole: &'a [u8]) -> Result<Self, Problem> {
        let mut outer = Elements::new(whole)?;
        let inner = outer.sequence()?;
        match outer.next()? {
            None => Ok(inner),
            Some(_) => Err(Problem::Damaged("bytes follow its end")),
        }
    }

    /// The next element of any kind; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<AnyRef<'a>>, Problem> {
        if self.reader.is_finished() {
            return Ok(None);
        }
        AnyRef::decode(&mut self.reader).map(Some).map_err(|_| MALFORMED)
    }

    /// The next element, which has to be there.
    pub(crate) fn any(&mut self) -> Result<AnyRef<'a>, Problem> {
        self.next()?.ok_or(MALFORMED)
    }

    pub(crate) fn sequence(&mut self) -> Result<Elements<'a>, Problem> {
        self.content(Tag::Sequence).and_then(Elements::new)
    }

    pub(crate) fn octets(&mut self) -> Result<&'a [u8], Problem> {
        self.content(Tag::OctetString)
    }

    pub(crate) fn oid(&mut self) -> Result<ObjectIdentifier, Problem> {
        ObjectIdentifier::from_bytes(self.content(Tag::ObjectIdentifier)?).map_err(|_| MALFORMED)
    }

    /// A count or a cost. Negative ones and those beyond 64 bits are no honest file's.
    pub(crate) fn number(&mut self) -> Result<u64, Problem> {
        number(self.any()?)
    }

    /// The content of the next element, which has to have this tag.
    pub(crate) fn content(&mut self, tag: Tag) -> Result<&'a [u8], Problem> {
        let element = self.any()?;
        if element.tag() == tag { Ok(element.value()) } else { Err(MALFORMED) }
    }

    /// What stands in the next element, `[0] EXPLICIT`.
    pub(crate) fn explicit(&mut self) -> Result<Elements<'a>, Problem> {
        let element = self.any()?;
        if is_context(element.tag(), 0, true) { Elements::new(element.value()) } else { Err(MALFORMED) }
    }

    /// The elements left, as bytes.
    pub(crate) fn rest(self) -> Result<Vec<AnyRef<'a>>, Problem> {
        let mut all = Vec::new();
        let mut elements = self;
        while let Some(element) = elements.next()? {
            all.push(element);
        }
        Ok(all)
    }
}

/// Whether a tag is context-specific, with this number.
pub(crate) fn is_context(tag: Tag, number: u32, constructed: bool) -> bool {
    tag.is_context_specific() && tag.is_constructed() == constructed && tag.number().value() == number
}

pub(crate) fn number(element: AnyRef<'_>) -> Result<u64, Problem> {
    const RANGE: Problem = Problem::Damaged("a number is negative or beyond all bounds");
    if element.tag() != Tag::Integer {
        return Err(MALFORMED);
    }
    match element.value() {
        [] | [0x80..=0xff, ..] => Err(RANGE),
        digits => {
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = digits.get(zeros..).filter(|digits| digits.len() <= 8).ok_or(RANGE)?;
            Ok(digits.iter().fold(0, |n, &digit| n << 8 | u64::from(digit)))
        }
    }
}
