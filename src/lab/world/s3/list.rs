//! Listing objects.

use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::buckets::canonical_id;
use super::{Bucket, Object, no_such_bucket};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListObjects {
    #[serde(default)]
    prefix: String,
    delimiter: Option<String>,
    max_keys: Option<usize>,
    encoding_type: Option<String>,
    marker: Option<String>,
    start_after: Option<String>,
    continuation_token: Option<String>,
    #[serde(default)]
    fetch_owner: bool,
}

/// The most entries of a page.
const MOST: usize = 1_000;

/// What a listing shows: an object, or all that have the same beginning.
enum Entry<'b> {
    Object(&'b str, &'b Object),
    Common(String),
}

impl Entry<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Object(key, _) => key,
            Self::Common(prefix) => prefix,
        }
    }
}

impl World {
    pub(super) fn list_objects_v2(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: ListObjects = call.input()?;
        let after = match &input.continuation_token {
            None => input.start_after.clone(),
            Some(token) => Some(read_token(token).ok_or_else(|| {
                ApiError::new("InvalidArgument", "The continuation token provided is incorrect")
            })?),
        };
        let (mut answer, last) =
            self.list_bucket(call, &input, after.as_deref(), input.fetch_owner)?;
        let entries = |member: &str| answer[member].as_array().map_or(0, Vec::len);
        answer["KeyCount"] = json!(entries("Contents") + entries("CommonPrefixes"));
        answer["StartAfter"] = json!(input.start_after);
        answer["ContinuationToken"] = json!(input.continuation_token);
        answer["NextContinuationToken"] =
            json!(last.map(|last| URL_SAFE_NO_PAD.encode(format!("lab-after:{last}"))));
        Ok(answer)
    }

    pub(super) fn list_objects(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: ListObjects = call.input()?;
        let (mut answer, last) = self.list_bucket(call, &input, input.marker.as_deref(), true)?;
        answer["Marker"] = json!(input.marker.clone().unwrap_or_default());
        // Without a delimiter the last key is the next marker.
        answer["NextMarker"] = json!(last.filter(|_| input.delimiter.is_some()));
        Ok(answer)
    }

    /// One page, and its last entry if there are more.
    fn list_bucket(
        &self,
        call: &Call,
        input: &ListObjects,
        after: Option<&str>,
        owners: bool,
    ) -> Result<(Value, Option<String>), ApiError> {
        let bucket = self.called_bucket(call)?;
        let name = call.text("Bucket").unwrap_or_default();
        let (owner, _) = self.bucket(name).ok_or_else(no_such_bucket)?;
        let size = input.max_keys.unwrap_or(MOST).min(MOST);
        let mut entries = entries(bucket, &input.prefix, input.delimiter.as_deref(), after);
        let truncated = entries.len() > size && size > 0;
        entries.truncate(size);
        let last = entries.last().filter(|_| truncated).map(|entry| entry.text().to_owned());
        let url = input.encoding_type.as_deref() == Some("url");
        let shown = |text: &str| if url { encoded(text) } else { text.to_owned() };
        let (mut contents, mut common) = (Vec::new(), Vec::new());
        for entry in &entries {
            match entry {
                Entry::Common(prefix) => common.push(json!({ "Prefix": shown(prefix) })),
                Entry::Object(key, object) => {
                    let class = object.headers.get("StorageClass").cloned();
                    contents.push(json!({
                        "Key": shown(key),
                        "LastModified": object.modified,
                        "ETag": object.etag,
                        "Size": object.size,
                        "StorageClass": class.unwrap_or_else(|| json!("STANDARD")),
                        "Owner": owners.then(|| json!({ "ID": canonical_id(owner) })),
                    }));
                }
            }
        }
        let answer = json!({
            "Name": name,
            "Prefix": shown(&input.prefix),
            "Delimiter": input.delimiter.as_deref().map(shown),
            "MaxKeys": size,
            "EncodingType": input.encoding_type,
            "IsTruncated": truncated,
            "Contents": contents,
            "CommonPrefixes": common,
        });
        Ok((answer, last))
    }
}

/// The entries that come after a key, or after all that have a beginning in common.
fn entries<'b>(
    bucket: &'b Bucket,
    prefix: &str,
    delimiter: Option<&str>,
    after: Option<&str>,
) -> Vec<Entry<'b>> {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty());
    let mut entries: Vec<Entry<'b>> = Vec::new();
    for (key, object) in bucket.objects.range::<str, _>((from, Bound::Unbounded)) {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        let end = delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()));
        let Some(end) = end else {
            entries.push(Entry::Object(key, object));
            continue;
        };
        let common = &key[..prefix.len() + end];
        let shown = entries.last().is_some_and(|last| last.text() == common);
        if !shown && Some(common) != after {
            entries.push(Entry::Common(common.to_owned()));
        }
    }
    entries
}

fn read_token(token: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("lab-after:").map(str::to_owned)
}

fn encoded(text: &str) -> String {
    const SET: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');
    utf8_percent_encode(text, SET).to_string()
}
