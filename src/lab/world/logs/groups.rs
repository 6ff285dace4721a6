//! Log groups and streams: their API.

use std::collections::BTreeMap;

use secmon_core::policy::Request;
use secmon_core::snapshot::{Arn, LogGroup, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::kms::KeyRefusal;
use super::super::page::page;
use super::{Group, Stream, invalid, invalid_token, missing_group, named_group};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateLogGroup {
    log_group_name: String,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    log_group_class: Option<String>,
    #[serde(default)]
    deletion_protection_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeLogGroups {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_class: Option<String>,
    #[serde(default)]
    log_group_identifiers: Vec<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeLogStreams {
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    limit: Option<usize>,
    next_token: Option<String>,
}

/// The days that events can be kept
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>).
const RETENTION: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// What the service needs of a group's key
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>).
const KEY_ACTIONS: [&str; 3] = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"];

impl World {
    pub(super) fn create_log_group(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: CreateLogGroup = call.input()?;
        let name = input.log_group_name;
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
        if name.is_empty() || !name.chars().all(allowed) {
            return Err(invalid(format!(
                "1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"
            )));
        }
        if self.place(&call.target).logs.groups.contains_key(&name) {
            return Err(ApiError::new(
                "ResourceAlreadyExistsException",
                "The specified log group already exists",
            ));
        }
        if let Some(key) = &input.kms_key_id {
            self.admit_log_group_key(&call.target, &name, key)?;
        }
        let mut group = Group::new(LogGroup {
            arn: Some(format!("{}:*", group_arn(&call.target, &name))),
            log_group_name: name.clone(),
            log_group_class: Some(input.log_group_class.unwrap_or_else(|| "STANDARD".to_owned())),
            creation_time: Some(self.now.as_millisecond()),
            retention_in_days: None,
            metric_filter_count: Some(0),
            kms_key_id: input.kms_key_id,
        });
        group.tags = input.tags;
        group.deletion_protection = input.deletion_protection_enabled;
        self.place_mut(&call.target).logs.groups.insert(name, group);
        Ok(json!({}))
    }

    pub(super) fn delete_log_group(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName"])?;
        if self.log_group(&call.target, &name)?.deletion_protection {
            let message = format!("Deletion protection is enabled for log group {name}.");
            return Err(ApiError::new("ValidationException", message));
        }
        self.place_mut(&call.target).logs.groups.remove(&name);
        Ok(json!({}))
    }

    pub(super) fn describe_log_groups(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: DescribeLogGroups = call.input()?;
        if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
            return Err(invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let prefix = input.log_group_name_prefix.unwrap_or_default();
        let part = input.log_group_name_pattern.unwrap_or_default();
        let wanted = |group: &Group| {
            let name = &group.group.log_group_name;
            let identifiers = &input.log_group_identifiers;
            let meant = |id: &String| {
                id == name || arn_of(group).is_some_and(|arn| arn == id.trim_end_matches(":*"))
            };
            name.starts_with(&prefix)
                && name.contains(&part)
                && input.log_group_class.as_ref().is_none_or(|class| class == group.class())
                && (identifiers.is_empty() || identifiers.iter().any(meant))
        };
        let groups = self.place(&call.target).logs.groups.values();
        let found = groups.filter(|group| wanted(group)).map(described).collect();
        let (groups, next) = page(found, input.limit.unwrap_or(50), input.next_token.as_deref())
            .ok_or_else(invalid_token)?;
        Ok(json!({ "logGroups": groups, "nextToken": next }))
    }

    pub(super) fn put_retention_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName"])?;
        let days = call.params["retentionInDays"].as_i64().unwrap_or(0);
        let kept = i32::try_from(days).ok().filter(|days| *days > 0);
        let Some(kept) = kept.filter(|_| RETENTION.contains(&days)) else {
            return Err(invalid(format!(
                "1 validation error detected: Value '{days}' at 'retentionInDays' failed to \
                 satisfy constraint: Member must satisfy enum value set: {RETENTION:?}"
            )));
        };
        self.log_group_mut(&call.target, &name)?.group.retention_in_days = Some(kept);
        Ok(json!({}))
    }

    pub(super) fn delete_retention_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName"])?;
        self.log_group_mut(&call.target, &name)?.group.retention_in_days = None;
        Ok(json!({}))
    }

    pub(super) fn associate_kms_key(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName", "resourceIdentifier"])?;
        self.log_group(&call.target, &name)?;
        let key = call.text("kmsKeyId").unwrap_or_default();
        self.admit_log_group_key(&call.target, &name, key)?;
        self.log_group_mut(&call.target, &name)?.group.kms_key_id = Some(key.to_owned());
        Ok(json!({}))
    }

    pub(super) fn disassociate_kms_key(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName", "resourceIdentifier"])?;
        self.log_group_mut(&call.target, &name)?.group.kms_key_id = None;
        Ok(json!({}))
    }

    /// Whether what a group holds can be read.
    pub(in crate::world) fn has_usable_key(&self, target: &Target, group: &str) -> bool {
        let held = self.place(target).logs.groups.get(group);
        let key = held.and_then(|held| held.group.kms_key_id.as_ref());
        key.is_none_or(|key| self.log_group_key(target, group, key).is_ok())
    }

    /// Whether CloudWatch Logs can use a key for a group.
    pub(super) fn log_group_key(
        &self,
        target: &Target,
        group: &str,
        key: &str,
    ) -> Result<(), KeyRefusal> {
        let group = group_arn(target, group);
        KEY_ACTIONS.iter().try_for_each(|action| {
            self.service_uses_key(key, target, &Request::logs_use_key(action, key, &group))
        })
    }

    /// The texts for a missing key and for a refusal are those reported in
    /// <https://github.com/hashicorp/terraform/issues/24194> and
    /// <https://github.com/hashicorp/terraform-provider-aws/issues/29282>.
    fn admit_log_group_key(&self, target: &Target, group: &str, key: &str) -> Result<(), ApiError> {
        self.log_group_key(target, group, key).map_err(|refusal| match refusal {
            KeyRefusal::NotFound => {
                invalid(format!("The specified KMS Key Id could not be found. '{group}'"))
            }
            KeyRefusal::Disabled => {
                invalid(format!("The specified KMS Key Id is disabled. '{group}'"))
            }
            KeyRefusal::PendingDeletion => {
                invalid(format!("The specified KMS Key Id is pending deletion. '{group}'"))
            }
            KeyRefusal::Denied => key_denied(target, group),
        })
    }

    pub(super) fn create_log_stream(&mut self, call: &Call) -> Result<Value, ApiError> {
        let group = named_group(call, &["logGroupName"])?;
        let name = call.text("logStreamName").unwrap_or_default().to_owned();
        if name.is_empty() || name.contains([':', '*']) {
            return Err(invalid(format!(
                "1 validation error detected: Value '{name}' at 'logStreamName' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [^:*]*"
            )));
        }
        if self.log_group(&call.target, &group)?.streams.contains_key(&name) {
            return Err(ApiError::new(
                "ResourceAlreadyExistsException",
                "The specified log stream already exists",
            ));
        }
        let stream = self.new_log_stream();
        self.log_group_mut(&call.target, &group)?.streams.insert(name, stream);
        Ok(json!({}))
    }

    pub(super) fn new_log_stream(&mut self) -> Stream {
        Stream {
            created: self.now.as_millisecond(),
            first_event: None,
            last_event: None,
            last_ingestion: None,
            sequence_token: format!("490{:053}", self.next_uuid().as_u128()),
        }
    }

    pub(super) fn describe_log_streams(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName", "logGroupIdentifier"])?;
        let input: DescribeLogStreams = call.input()?;
        let group = self.log_group(&call.target, &name)?;
        let by_time = input.order_by.as_deref() == Some("LastEventTime");
        let prefix = input.log_stream_name_prefix.unwrap_or_default();
        if by_time && !prefix.is_empty() {
            return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        let mut streams: Vec<(&String, &Stream)> = group.streams.iter().collect();
        streams.retain(|(name, _)| name.starts_with(&prefix));
        if by_time {
            streams.sort_by_key(|(_, stream)| stream.last_event);
        }
        if input.descending {
            streams.reverse();
        }
        let arn = arn_of(group).unwrap_or_default();
        let found = streams
            .into_iter()
            .map(|(name, stream)| {
                json!({
                    "logStreamName": name,
                    "creationTime": stream.created,
                    "firstEventTimestamp": stream.first_event,
                    "lastEventTimestamp": stream.last_event,
                    "lastIngestionTime": stream.last_ingestion,
                    "uploadSequenceToken": stream.sequence_token,
                    "arn": format!("{arn}:log-stream:{name}"),
                    "storedBytes": 0,
                })
            })
            .collect();
        let (streams, next) = page(found, input.limit.unwrap_or(50), input.next_token.as_deref())
            .ok_or_else(invalid_token)?;
        Ok(json!({ "logStreams": streams, "nextToken": next }))
    }

    pub(super) fn delete_log_stream(&mut self, call: &Call) -> Result<Value, ApiError> {
        let group = named_group(call, &["logGroupName"])?;
        let name = call.text("logStreamName").unwrap_or_default();
        let group = self.log_group_mut(&call.target, &group)?;
        if group.streams.remove(name).is_none() {
            return Err(missing_stream());
        }
        group.events.retain(|event| event.stream != name);
        Ok(json!({}))
    }

    pub(super) fn tag_log_group(&mut self, call: &Call) -> Result<Value, ApiError> {
        let tags: BTreeMap<String, String> =
            Deserialize::deserialize(&call.params["tags"]).unwrap_or_default();
        let group = self.tagged_group(call)?;
        group.tags.extend(tags);
        Ok(json!({}))
    }

    pub(super) fn untag_log_group(&mut self, call: &Call) -> Result<Value, ApiError> {
        let member = if call.operation == "UntagLogGroup" { "tags" } else { "tagKeys" };
        let keys: Vec<String> = Deserialize::deserialize(&call.params[member]).unwrap_or_default();
        self.tagged_group(call)?.tags.retain(|key, _| !keys.contains(key));
        Ok(json!({}))
    }

    pub(super) fn list_tags_of_log_group(&mut self, call: &Call) -> Result<Value, ApiError> {
        Ok(json!({ "tags": self.tagged_group(call)?.tags }))
    }

    fn tagged_group(&mut self, call: &Call) -> Result<&mut Group, ApiError> {
        let name = named_group(call, &["resourceArn", "logGroupName"])?;
        let old = call.text("logGroupName").is_some();
        self.log_group_mut(&call.target, &name).map_err(|error| match old {
            true => error,
            false => ApiError { message: "The specified resource does not exist.".into(), ..error },
        })
    }
}

fn group_arn(target: &Target, name: &str) -> Arn {
    Arn::of_resource("logs", target, &format!("log-group:{name}"))
}

/// The ARN without the `:*` at its end.
fn arn_of(group: &Group) -> Option<&str> {
    group.group.arn.as_deref().map(|arn| arn.strip_suffix(":*").unwrap_or(arn))
}

fn described(group: &Group) -> Value {
    let mut item = serde_json::to_value(&group.group).unwrap_or_default();
    item["metricFilterCount"] = json!(group.filters.len());
    item["logGroupClass"] = json!(group.class());
    item["logGroupArn"] = json!(arn_of(group));
    item["storedBytes"] = json!(group.stored_bytes);
    item["deletionProtectionEnabled"] = json!(group.deletion_protection);
    item
}

pub(super) fn missing_stream() -> ApiError {
    ApiError { message: "The specified log stream does not exist.".to_owned(), ..missing_group() }
}

pub(super) fn key_denied(target: &Target, group: &str) -> ApiError {
    let message = format!(
        "The specified KMS key does not exist or is not allowed to be used with Arn '{}'",
        group_arn(target, group)
    );
    ApiError::new("AccessDeniedException", message)
}
