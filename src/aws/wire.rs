//! What passes over the wire: how many requests, and AWS's time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextRef,
    BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use jiff::Timestamp;

#[cfg(test)]
mod tests;

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

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        if context.output_or_error().is_ok() && !ends_where_it_should(body) {
            return Err("the XML ends before its root element does".into());
        }
        Ok(())
    }
}

/// Whether XML is whole. The SDK reads what is there of an XML answer that was cut off, and would
/// give half of a list as all of it. Other bodies are not looked at: JSON and CBOR do not parse
/// unless they are whole.
fn ends_where_it_should(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if !text.starts_with('<') {
        return true;
    }
    let mut tags = text.split('<').skip(1);
    let root = tags.find(|tag| !tag.starts_with(['?', '!']));
    let name = root.and_then(|tag| tag.split(|c: char| c.is_whitespace() || c == '>').next());
    name.is_some_and(|name| text.ends_with(&format!("</{name}>")))
}
