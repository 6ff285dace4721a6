//! Bodies that arrive, and bodies whose connection breaks half-way.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Option<Bytes>,
    /// Whether the connection breaks after the bytes.
    breaks: bool,
    flushed: bool,
}

impl Body {
    /// All of it.
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes), breaks: false, flushed: false }
    }

    /// The first half, then the connection breaks.
    pub(super) fn broken(bytes: &[u8]) -> Self {
        let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
        Self { bytes: Some(half), breaks: true, flushed: false }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if !self.breaks {
            return Poll::Ready(None);
        }
        if !self.flushed {
            // Lets the first half out before the end.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }

    fn is_end_stream(&self) -> bool {
        !self.breaks && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.bytes {
            Some(bytes) if !self.breaks => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
