//! The SDK's values as the snapshot's.

use aws_smithy_types::DateTime;
use jiff::Timestamp;
use secmon_core::snapshot::Arn;

use crate::error::Trouble;
use crate::permissions::Call;

/// A moment to the millisecond, as exact as AWS writes them: seconds with a fraction reach the SDK
/// as floating-point numbers. `None` where it lies outside the years that can be written.
pub(super) fn timestamp(moment: &DateTime) -> Option<Timestamp> {
    let milliseconds = i64::from(moment.subsec_nanos().saturating_add(500_000) / 1_000_000);
    let whole = moment.secs().checked_mul(1_000)?;
    Timestamp::from_millisecond(whole.checked_add(milliseconds)?).ok()
}

/// An optional moment.
pub(super) fn moment(moment: Option<DateTime>) -> Option<Timestamp> {
    moment.as_ref().and_then(timestamp)
}

/// A field that AWS always sends.
pub(super) fn need<T>(call: Call, field: &str, value: Option<T>) -> Result<T, Trouble> {
    value.ok_or_else(|| Trouble::lacks(call, field))
}

/// An ARN that AWS always sends.
pub(super) fn need_arn(call: Call, field: &str, value: Option<String>) -> Result<Arn, Trouble> {
    let text = need(call, field, value)?;
    text.parse().map_err(|error| Trouble::failed(format!("{}: {field}: {error}", call.name())))
}

/// Text that services write as empty where there is none.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
