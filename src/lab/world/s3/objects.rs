//! Objects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::{Bucket, Object, no_such_bucket};

/// What PutObject says of an object and GetObject gives back.
const HEADERS: [&str; 10] = [
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "SSEKMSKeyId",
    "ServerSideEncryption",
    "StorageClass",
];

impl World {
    pub(super) fn put_object(&mut self, call: &Call) -> Result<Value, ApiError> {
        let key = call.text("Key").unwrap_or_default().to_owned();
        let bucket = self.called_bucket(call)?;
        let body = STANDARD
            .decode(call.text("Body").unwrap_or_default())
            .map_err(|_| ApiError::new("InvalidRequest", "The body is not base64."))?;
        if let Some(digest) = call.text("ContentMD5")
            && digest != STANDARD.encode(Md5::digest(&body))
        {
            return Err(ApiError::new(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
        let old = bucket.objects.get(&key);
        let exists = call.text("IfNoneMatch") == Some("*") && old.is_some();
        let other = call.text("IfMatch").is_some_and(|etag| {
            old.is_none_or(|old| old.etag.trim_matches('"') != etag.trim_matches('"'))
        });
        if exists || other {
            return Err(precondition_failed());
        }
        let mut object = Object::new(&body, self.now);
        for name in HEADERS {
            let value = &call.params[name];
            if !value.is_null() {
                object.headers.insert(name.to_owned(), value.clone());
            }
        }
        if !object.headers.contains_key("ServerSideEncryption") {
            let rules = &bucket.settings.get("BucketEncryption").map_or(Value::Null, |set| {
                set["Rules"][0]["ApplyServerSideEncryptionByDefault"].clone()
            });
            for (name, member) in
                [("ServerSideEncryption", "SSEAlgorithm"), ("SSEKMSKeyId", "KMSMasterKeyID")]
            {
                if !rules[member].is_null() {
                    object.headers.insert(name.to_owned(), rules[member].clone());
                }
            }
        }
        let answer = json!({
            "ETag": object.etag,
            "ServerSideEncryption": object.headers.get("ServerSideEncryption"),
            "SSEKMSKeyId": object.headers.get("SSEKMSKeyId"),
        });
        self.called_bucket_mut(call)?.objects.insert(key, object);
        Ok(answer)
    }

    pub(super) fn get_object(&mut self, call: &Call) -> Result<Value, ApiError> {
        let object = self.called_object(call)?;
        let mut answer = object.described();
        answer["Body"] = json!(object.body);
        if let Some(range) = call.text("Range").and_then(|text| text.strip_prefix("bytes=")) {
            let bytes = STANDARD.decode(&object.body).unwrap_or_default();
            let (first, last) = range_of(range, bytes.len()).ok_or_else(|| {
                ApiError::new("InvalidRange", "The requested range is not satisfiable")
            })?;
            let part = &bytes[first..=last];
            answer["Body"] = json!(STANDARD.encode(part));
            answer["ContentLength"] = json!(part.len());
            answer["ContentRange"] = json!(format!("bytes {first}-{last}/{}", bytes.len()));
        }
        Ok(answer)
    }

    pub(super) fn head_object(&mut self, call: &Call) -> Result<Value, ApiError> {
        Ok(self.called_object(call)?.described())
    }

    /// No object is no error.
    pub(super) fn delete_object(&mut self, call: &Call) -> Result<Value, ApiError> {
        let key = call.text("Key").unwrap_or_default();
        self.called_bucket_mut(call)?.objects.remove(key);
        Ok(json!({}))
    }

    pub(super) fn delete_objects(&mut self, call: &Call) -> Result<Value, ApiError> {
        let delete = &call.params["Delete"];
        let quiet = delete["Quiet"].as_bool().unwrap_or(false);
        let keys: Vec<String> = delete["Objects"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|object| object["Key"].as_str().map(str::to_owned))
            .collect();
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        self.bucket(call.text("Bucket").unwrap_or_default()).ok_or_else(no_such_bucket)?;
        for key in keys {
            let mut one = call.clone();
            one.operation = "DeleteObject".to_owned();
            one.params["Key"] = json!(key);
            match self.delete_object(&one) {
                Ok(_) => deleted.push(json!({ "Key": key })),
                Err(error) => errors.push(json!({
                    "Key": key, "Code": "AccessDenied", "Message": error.message,
                })),
            }
        }
        if quiet {
            deleted.clear();
        }
        Ok(json!({ "Deleted": deleted, "Errors": errors }))
    }

    fn called_object(&self, call: &Call) -> Result<&Object, ApiError> {
        let bucket: &Bucket = self.called_bucket(call)?;
        let object = bucket.objects.get(call.text("Key").unwrap_or_default());
        let object = object
            .ok_or_else(|| ApiError::new("NoSuchKey", "The specified key does not exist."))?;
        let same = |member: &str| {
            call.text(member)
                .map(|etag| etag == "*" || etag.trim_matches('"') == object.etag.trim_matches('"'))
        };
        if same("IfMatch") == Some(false) {
            return Err(precondition_failed());
        }
        if same("IfNoneMatch") == Some(true) {
            return Err(ApiError::new("NotModified", "Not Modified"));
        }
        Ok(object)
    }
}

fn precondition_failed() -> ApiError {
    ApiError::new(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
}

impl Object {
    fn described(&self) -> Value {
        let mut described = json!({
            "AcceptRanges": "bytes",
            "LastModified": self.modified,
            "ContentLength": self.size,
            "ETag": self.etag,
            "ContentType": "binary/octet-stream",
        });
        for (name, value) in &self.headers {
            described[name] = value.clone();
        }
        described
    }
}

/// The first and the last byte of `0-9`, `5-` or `-5`.
fn range_of(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first.parse::<usize>().ok(), last.parse::<usize>().ok()) {
        (Some(first), Some(last)) => (first, last.min(end)),
        (Some(first), None) if last.is_empty() => (first, end),
        (None, Some(count)) if first.is_empty() && count > 0 => (length.saturating_sub(count), end),
        _ => return None,
    };
    (first <= last).then_some((first, last))
}
