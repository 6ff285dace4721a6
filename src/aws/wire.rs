//! What passes over the wire: how many requests, and AWS's time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use jiff::Timestamp;

/// Counts requests, retries included, and keeps the `Date` of the first answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    requests: AtomicUsize,
    date: Mutex<Option<Timestamp>>,
}

impl Wire {
    /// How many requests were sent so far.
    pub(crate) fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// AWS's time at the first answer since [`Wire::forget_date`].
    pub(crate) fn date(&self) -> Option<Timestamp> {
        *self.0.date.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the next answer the first.
    pub(crate) fn forget_date(&self) {
        *self.0.date.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn note_date(&self, header: Option<&str>) {
        let parsed = header.and_then(|text| DateTime::from_str(text, Format::HttpDate).ok());
        let date = parsed.and_then(|date| Timestamp::from_second(date.secs()).ok());
        let mut first = self.0.date.lock().unwrap_or_else(PoisonError::into_inner);
        *first = first.or(date);
    }
}

impl Intercept for Wire {
    fn name(&self) -> &'static str {
        "secmon"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.note_date(context.response().headers().get("date"));
        Ok(())
    }
}
