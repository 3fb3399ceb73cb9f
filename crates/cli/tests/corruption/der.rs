//! What happens to DER whose lengths stay right, so that it is not the framing alone that is found wrong.

use crate::bytes::BYTES;
use fastrand::Rng;

/// An element; what is nested in strings (extensions, keys) counts as its parts.
#[derive(Clone)]
pub(crate) struct Node {
    tag: u8,
    /// Whether the length is written in one byte more than it needs.
    long: bool,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Bytes(Vec<u8>),
    /// The parts, and the byte before them in a BIT STRING.
    Parts(Vec<u8>, Vec<Node>),
}

/// Elements that fill `bytes`. Not those of BER, nor those with tags of several bytes.
fn parse(mut bytes: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while let [tag, first, rest @ ..] = bytes {
        let count = usize::from(first.checked_sub(0x80).unwrap_or(0));
        if depth == 0 || tag & 0x1f == 0x1f || count > 3 || *first == 0x80 {
            return None;
        }
        let long = rest.get(..count)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let length = if count == 0 { usize::from(*first) } else { long };
        let content = rest.get(count..count.checked_add(length)?)?;
        nodes.push(Node { tag: *tag, long: false, body: body(*tag, content, depth - 1) });
        bytes = &rest[count + length..];
    }
    bytes.is_empty().then_some(nodes)
}

fn body(tag: u8, content: &[u8], depth: usize) -> Body {
    let (lead, inner) = match (tag, content) {
        (0x03, [0, inner @ ..]) => (vec![0], inner),
        _ => (Vec::new(), content),
    };
    // An empty string holds nothing; an empty SEQUENCE has no parts.
    let may_hold = tag & 0x20 != 0 || (matches!(tag, 0x03 | 0x04) && !inner.is_empty());
    let parts = if may_hold { parse(inner, depth) } else { None };
    parts.map_or_else(|| Body::Bytes(content.to_vec()), |parts| Body::Parts(lead, parts))
}

impl Node {
    fn encode(&self, out: &mut Vec<u8>) {
        let content = match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Parts(lead, parts) => [lead.clone(), encoded(parts)].concat(),
        };
        out.push(self.tag);
        let length = content.len().to_be_bytes();
        let needed: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
        let count = needed.len() + usize::from(self.long);
        if content.len() < 0x80 && !self.long {
            out.push(content.len() as u8);
        } else {
            out.push(0x80 | count as u8);
            out.extend(&length[length.len() - count..]);
        }
        out.extend(content);
    }

    fn content(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Parts(lead, parts) => [lead.clone(), encoded(parts)].concat(),
        };
        change(&mut bytes);
        self.body = Body::Bytes(bytes);
    }
}

fn encoded(nodes: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    nodes.iter().for_each(|node| node.encode(&mut out));
    out
}

/// Which list of elements a change is made in.
type Wanted = fn(&[Node]) -> bool;

fn elements(list: &[Node]) -> bool {
    !list.is_empty()
}

/// The extensions of a certificate or the attributes of a name: each begins with what it is.
fn extensions(list: &[Node]) -> bool {
    let named = |node: &Node| match &node.body {
        Body::Parts(_, parts) => {
            node.tag == 0x30 && matches!(parts.as_slice(), [name, .., value] if name.tag == 0x06 && value.tag == 0x04)
        }
        Body::Bytes(_) => false,
    };
    !list.is_empty() && list.iter().all(named)
}

fn count(list: &[Node], wanted: Wanted) -> usize {
    let below = |node: &Node| if let Body::Parts(_, parts) = &node.body { count(parts, wanted) } else { 0 };
    usize::from(wanted(list)) + list.iter().map(below).sum::<usize>()
}

fn nth<'a>(list: &'a mut Vec<Node>, wanted: Wanted, left: &mut usize) -> Option<&'a mut Vec<Node>> {
    if wanted(list) {
        if *left == 0 {
            return Some(list);
        }
        *left -= 1;
    }
    list.iter_mut().find_map(|node| match &mut node.body {
        Body::Parts(_, parts) => nth(parts, wanted, left),
        Body::Bytes(_) => None,
    })
}

/// One of the lists; where there are extensions, one of those half the time.
fn some_list<'a>(rng: &mut Rng, tree: &'a mut Vec<Node>) -> &'a mut Vec<Node> {
    let wanted: Wanted = if rng.bool() && count(tree, extensions) > 0 { extensions } else { elements };
    let mut left = rng.usize(..count(tree, wanted));
    nth(tree, wanted, &mut left).unwrap()
}

fn some<'a>(rng: &mut Rng, tree: &'a mut Vec<Node>) -> &'a mut Node {
    let list = some_list(rng, tree);
    let at = rng.usize(..list.len());
    &mut list[at]
}

/// The last one is a structure to take something from.
type TreeChange = (&'static str, fn(&mut Rng, &mut Vec<Node>, &mut Vec<Node>));

const TREE: &[TreeChange] = &[
    ("another tag", |rng, tree, _| {
        let tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x82, 0xa0, 0xa3];
        let tag = if rng.bool() { rng.choice(tags).unwrap() } else { rng.u8(..) };
        some(rng, tree).tag = tag;
    }),
    ("content changed", |rng, tree, _| {
        let (_, change) = rng.choice(BYTES).unwrap();
        let mut inner = rng.fork();
        some(rng, tree).content(|bytes| change(&mut inner, bytes));
    }),
    ("content empty", |rng, tree, _| some(rng, tree).content(Vec::clear)),
    ("an element left out", |rng, tree, _| {
        let list = some_list(rng, tree);
        list.remove(rng.usize(..list.len()));
    }),
    ("an element doubled", |rng, tree, _| {
        let list = some_list(rng, tree);
        let copy = rng.choice(list.iter()).unwrap().clone();
        list.insert(rng.usize(..=list.len()), copy);
    }),
    ("two elements swapped", |rng, tree, _| {
        let list = some_list(rng, tree);
        let (a, b) = (rng.usize(..list.len()), rng.usize(..list.len()));
        list.swap(a, b);
    }),
    ("a length written long", |rng, tree, _| some(rng, tree).long = true),
    ("an element of another structure", |rng, tree, other| {
        let new = some(rng, other).clone();
        *some(rng, tree) = new;
    }),
    ("an element of another structure added", |rng, tree, other| {
        let new = some(rng, other).clone();
        let list = some_list(rng, tree);
        list.insert(rng.usize(..=list.len()), new);
    }),
    ("the same element of another structure", |rng, tree, other| {
        // Certificates are alike as far as their public keys, and mostly in their extensions.
        let lists = count(tree, elements).min(count(other, elements));
        let at = rng.usize(..lists);
        let (from, to) = (nth(other, elements, &mut { at }).unwrap(), nth(tree, elements, &mut { at }).unwrap());
        let at = rng.usize(..from.len().min(to.len()));
        to[at] = from[at].clone();
    }),
    ("a truth value turned", |rng, tree, _| {
        if let Body::Parts(_, parts) = &mut some(rng, tree).body {
            match parts.iter().position(|part| part.tag == 0x01) {
                Some(at) => drop(parts.remove(at)),
                None => parts.insert(1.min(parts.len()), Node { tag: 0x01, long: false, body: Body::Bytes(vec![0xff]) }),
            }
        }
    }),
];

/// Changes one structure, mostly as a tree; `other` is one to take parts from. What was done.
pub(crate) fn change(rng: &mut Rng, der: &mut Vec<u8>, other: &[u8]) -> &'static str {
    let trees = (parse(der, DEPTH), parse(other, DEPTH));
    if let (Some(mut tree), Some(mut other)) = trees
        && !tree.is_empty()
        && !other.is_empty()
        && rng.u8(..4) > 0
    {
        let (name, change) = rng.choice(TREE).unwrap();
        change(rng, &mut tree, &mut other);
        *der = encoded(&tree);
        return name;
    }
    let (name, change) = rng.choice(BYTES).unwrap();
    change(rng, der);
    name
}

/// More than certificates have.
const DEPTH: usize = 24;
