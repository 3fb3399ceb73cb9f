//! A body that tells when it leaves our hands.

use crate::event::{Event, Observer};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

const HERE: u8 = 0;
const OUT: u8 = 1;
const KEPT: u8 = 2;

/// Whether a request may be under way. The HTTP client asks for the body once a connection stands, so until then nothing of it can have left.
#[derive(Clone)]
pub(crate) struct Handover {
    state: Arc<AtomicU8>,
    observer: Option<Observer>,
}

impl Handover {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Handover { state: Arc::new(AtomicU8::new(HERE)), observer }
    }

    /// Lets the body go, unless it is kept. Whether it is out.
    pub(crate) fn let_go(&self) -> bool {
        match self.state.compare_exchange(HERE, OUT, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => {
                if let Some(observer) = &self.observer {
                    observer(&Event::Sent);
                }
                true
            }
            Err(state) => state == OUT,
        }
    }

    /// Keeps the body back for good, unless it is out. A connection may ask for it still after the wait for it was given up; it gets none. Whether it was kept.
    pub(crate) fn keep(&self) -> bool {
        self.state.compare_exchange(HERE, KEPT, Ordering::SeqCst, Ordering::SeqCst).map_or_else(|state| state == KEPT, |_| true)
    }
}

/// All of a body in one piece.
pub(crate) struct Watched {
    rest: Option<Bytes>,
    handover: Handover,
}

impl Watched {
    pub(crate) fn new(body: Bytes, handover: Handover) -> Self {
        Watched { rest: Some(body), handover }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.handover.let_go() {
            return Poll::Ready(Some(Err(io::Error::other("the request was given up"))));
        }
        Poll::Ready(self.rest.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    /// Exact, so that the length is announced and the body not sent in chunks.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |body| body.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(body: &mut Watched) -> Option<io::Result<Bytes>> {
        match Pin::new(body).poll_frame(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(frame) => frame.map(|frame| frame.map(|frame| frame.into_data().unwrap())),
            Poll::Pending => panic!("it never waits"),
        }
    }

    #[test]
    fn what_is_kept_does_not_leave_and_what_left_is_not_kept() {
        let handover = Handover::new(None);
        let mut body = Watched::new(Bytes::from_static(b"body"), handover.clone());
        assert!(handover.keep() && handover.keep());
        assert!(ask(&mut body).unwrap().is_err());
        let handover = Handover::new(None);
        let mut body = Watched::new(Bytes::from_static(b"body"), handover.clone());
        assert_eq!(ask(&mut body).unwrap().unwrap(), "body");
        assert!(!handover.keep() && ask(&mut body).is_none());
    }
}
