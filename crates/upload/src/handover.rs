//! A body that tells when it leaves our hands.

use crate::event::{Event, Observer};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// Whether a request may be under way. The HTTP client asks for the body once a connection stands, so until then nothing of it can have left.
#[derive(Clone)]
pub(crate) struct Handover {
    is_set: Arc<AtomicBool>,
    observer: Option<Observer>,
}

impl Handover {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Handover { is_set: Arc::default(), observer }
    }

    pub(crate) fn set(&self) {
        if !self.is_set.swap(true, Ordering::SeqCst)
            && let Some(observer) = &self.observer
        {
            observer(&Event::Sent);
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::SeqCst)
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
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.handover.set();
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
