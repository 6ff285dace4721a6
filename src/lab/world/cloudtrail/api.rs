//! The operations on trails.

use secmon_core::snapshot::{Arn, Observed, Target, Trail, TrailStatus};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::agenda::Due;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::TrailState;
use super::find::{check_name, invalid_name, unknown_trail};
use super::selectors::default_selectors;

/// How many trails a Region has at most.
const TRAILS: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrailInput {
    name: String,
    #[serde(rename = "S3BucketName")]
    s3_bucket_name: Option<String>,
    #[serde(rename = "S3KeyPrefix")]
    s3_key_prefix: Option<String>,
    sns_topic_name: Option<String>,
    include_global_service_events: Option<bool>,
    is_multi_region_trail: Option<bool>,
    enable_log_file_validation: Option<bool>,
    cloud_watch_logs_log_group_arn: Option<String>,
    cloud_watch_logs_role_arn: Option<String>,
    kms_key_id: Option<String>,
    is_organization_trail: Option<bool>,
    #[serde(default)]
    tags_list: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

impl World {
    pub(in super::super) fn cloudtrail(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateTrail" => self.create_trail(call),
            "UpdateTrail" => self.update_trail(call),
            "DeleteTrail" => self.delete_trail(call),
            "DescribeTrails" => self.describe_trails(call),
            "GetTrail" => self.get_trail(call),
            "ListTrails" => self.list_trails(call),
            "GetTrailStatus" => self.get_trail_status(call),
            "StartLogging" => self.start_logging(call),
            "StopLogging" => self.stop_logging(call),
            "GetEventSelectors" => self.get_event_selectors(call),
            "PutEventSelectors" => self.put_event_selectors(call),
            "GetInsightSelectors" => self.get_insight_selectors(call),
            "LookupEvents" => self.lookup_events(call),
            "AddTags" => self.tag_trail(call),
            "RemoveTags" => self.untag_trail(call),
            "ListTags" => self.list_trail_tags(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    fn create_trail(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: TrailInput = call.input()?;
        check_name(&input.name)?;
        let Target { account, region } = &call.target;
        let arn = format!("arn:aws:cloudtrail:{region}:{account}:trail/{}", input.name);
        let arn: Arn = arn.parse().map_err(|_| invalid_name(&input.name))?;
        let here = &self.place(&call.target).cloudtrail.trails;
        if here.contains_key(&arn) {
            let message = format!("Trail {} already exists for customer: {account}", input.name);
            return Err(ApiError::new("TrailAlreadyExistsException", message));
        }
        if here.len() == TRAILS {
            let message = format!("User: {account} already has {TRAILS} trails in {region}.");
            return Err(ApiError::new("MaximumNumberOfTrailsExceededException", message));
        }
        let mut trail = Trail {
            name: input.name.clone(),
            trail_arn: arn.clone(),
            home_region: region.to_string(),
            is_multi_region_trail: false,
            is_organization_trail: false,
            s3_bucket_name: None,
            s3_key_prefix: None,
            sns_topic_arn: None,
            cloud_watch_logs_log_group_arn: None,
            cloud_watch_logs_role_arn: None,
            kms_key_id: None,
            include_global_service_events: Some(true),
            log_file_validation_enabled: Some(false),
            has_custom_event_selectors: Some(false),
            status: Observed::Seen(TrailStatus::default()),
            selectors: Observed::Seen(default_selectors()),
        };
        self.apply(&mut trail, &input, call)?;
        self.check_bucket(&trail)?;
        self.check_log_group(&trail)?;
        let answer = shown(&trail);
        let mut state = TrailState::new(trail);
        state.tags = input.tags_list.into_iter().map(|tag| (tag.key, tag.value)).collect();
        self.place_mut(&call.target).cloudtrail.trails.insert(arn, state);
        Ok(answer)
    }

    fn update_trail(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: TrailInput = call.input()?;
        let arn = self.own_trail(call, &input.name)?;
        let Some(mut trail) = self.trail(&arn).map(|state| state.trail.clone()) else {
            return Err(unknown_trail(call, &input.name));
        };
        let before = trail.clone();
        // A group without a role is refused however it stood before, and an empty field takes both
        // away (captured).
        let named = [&input.cloud_watch_logs_log_group_arn, &input.cloud_watch_logs_role_arn];
        let emptied = named.iter().any(|field| field.as_deref() == Some(""));
        if named.iter().any(|field| field.is_some()) {
            trail.cloud_watch_logs_log_group_arn = None;
            trail.cloud_watch_logs_role_arn = None;
        }
        self.apply(&mut trail, &input, call)?;
        if emptied {
            trail.cloud_watch_logs_log_group_arn = None;
            trail.cloud_watch_logs_role_arn = None;
        }
        self.check_bucket(&trail)?;
        self.check_log_group(&trail)?;
        let group_changed =
            before.cloud_watch_logs_log_group_arn != trail.cloud_watch_logs_log_group_arn;
        if group_changed
            && trail.cloud_watch_logs_log_group_arn.is_none()
            && let Observed::Seen(status) = &mut trail.status
        {
            // Captured: every trace of the group is gone at once.
            status.latest_cloud_watch_logs_delivery_time = None;
            status.latest_cloud_watch_logs_delivery_error = None;
        }
        let answer = shown(&trail);
        if let Some(state) = self.trail_mut(&arn) {
            state.trail = trail;
        }
        Ok(answer)
    }

    /// Puts what a request names into a trail.
    fn apply(&self, trail: &mut Trail, input: &TrailInput, call: &Call) -> Result<(), ApiError> {
        let set = |slot: &mut Option<String>, value: &Option<String>| {
            if let Some(value) = value {
                *slot = Some(value.clone()).filter(|value| !value.is_empty());
            }
        };
        set(&mut trail.s3_bucket_name, &input.s3_bucket_name);
        set(&mut trail.s3_key_prefix, &input.s3_key_prefix);
        set(&mut trail.cloud_watch_logs_log_group_arn, &input.cloud_watch_logs_log_group_arn);
        set(&mut trail.cloud_watch_logs_role_arn, &input.cloud_watch_logs_role_arn);
        set(&mut trail.kms_key_id, &input.kms_key_id);
        if let Some(topic) = &input.sns_topic_name {
            trail.sns_topic_arn = self.trail_topic(call, topic)?;
        }
        trail.include_global_service_events =
            input.include_global_service_events.or(trail.include_global_service_events);
        trail.log_file_validation_enabled =
            input.enable_log_file_validation.or(trail.log_file_validation_enabled);
        if let Some(multi) = input.is_multi_region_trail {
            trail.is_multi_region_trail = multi;
        }
        if trail.is_multi_region_trail && trail.include_global_service_events == Some(false) {
            return Err(ApiError::new(
                "InvalidParameterCombinationException",
                "Multi-Region trail must include global service events.",
            ));
        }
        if let Some(organisation) = input.is_organization_trail {
            if organisation && !self.manages_organization(&call.target.account) {
                return Err(ApiError::new(
                    "NotOrganizationMasterAccountException",
                    "The caller account is not the management account of an organization.",
                ));
            }
            trail.is_organization_trail = organisation;
        }
        if let (Some(key), Some(_)) = (&trail.kms_key_id, &input.kms_key_id) {
            self.log_file_key_works(trail).map_err(|_| {
                let message = format!(
                    "Insufficient permissions to access S3 bucket {} or KMS key {key}.",
                    trail.s3_bucket_name.as_deref().unwrap_or_default()
                );
                ApiError::new("InsufficientEncryptionPolicyException", message)
            })?;
        }
        Ok(())
    }

    /// The topic by name or ARN; an empty one takes it away.
    fn trail_topic(&self, call: &Call, topic: &str) -> Result<Option<String>, ApiError> {
        if topic.is_empty() {
            return Ok(None);
        }
        let Target { account, region } = &call.target;
        let arn = match topic.starts_with("arn:") {
            true => topic.to_owned(),
            false => format!("arn:aws:sns:{region}:{account}:{topic}"),
        };
        match arn.parse::<Arn>().ok().filter(|arn| self.topic(arn).is_some()) {
            Some(arn) => Ok(Some(arn.to_string())),
            None => Err(ApiError::new(
                "InsufficientSnsTopicPolicyException",
                "SNS Topic does not exist or the topic policy is incorrect!",
            )),
        }
    }

    fn delete_trail(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = self.own_trail(call, call.text("Name").unwrap_or_default())?;
        self.place_mut(&call.target).cloudtrail.trails.remove(&arn);
        self.agenda.drop_where(|due| {
            matches!(due, Due::DeliverEvents { trail } | Due::DeliverLogFile { trail } if *trail == arn)
        });
        Ok(json!({}))
    }

    fn describe_trails(&self, call: &Call) -> Result<Value, ApiError> {
        let shadows = call.params["includeShadowTrails"].as_bool().unwrap_or(true);
        let named: Vec<&str> = call.params["trailNameList"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let trails = self.trails().filter(|(arn, state)| match named[..] {
            [] => self.shows(&call.target, &state.trail, shadows),
            _ => named.iter().any(|name| {
                arn.as_str() == *name && self.may_see(&call.target, &state.trail)
                    || state.trail.name == *name && self.shows(&call.target, &state.trail, shadows)
            }),
        });
        let trails: Vec<Value> = trails.map(|(_, state)| shown(&state.trail)).collect();
        Ok(json!({ "trailList": trails }))
    }

    fn get_trail(&self, call: &Call) -> Result<Value, ApiError> {
        let state = self.named_trail(call, call.text("Name").unwrap_or_default())?;
        Ok(json!({ "Trail": shown(&state.trail) }))
    }

    fn list_trails(&self, call: &Call) -> Result<Value, ApiError> {
        let trails: Vec<Value> = self
            .trails()
            .filter(|(_, state)| self.may_see(&call.target, &state.trail))
            .map(|(arn, state)| {
                json!({ "TrailARN": arn, "Name": state.trail.name, "HomeRegion": state.trail.home_region })
            })
            .collect();
        let Some((trails, next)) = page(trails, 50, call.text("NextToken")) else {
            return Err(ApiError::new("InvalidNextTokenException", "The NextToken is not valid."));
        };
        Ok(json!({ "Trails": trails, "NextToken": next }))
    }

    /// The older text fields are always there, empty or without fractions of seconds (captured).
    fn get_trail_status(&self, call: &Call) -> Result<Value, ApiError> {
        let TrailState { trail, .. } =
            self.named_trail(call, call.text("Name").unwrap_or_default())?;
        let status = trail.status.seen().cloned().unwrap_or_default();
        let text = |time: Option<jiff::Timestamp>| {
            time.map_or_else(String::new, |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        };
        let delivered = text(status.latest_delivery_time);
        let notified = text(status.latest_notification_time);
        let older = [
            ("LatestDeliveryAttemptTime", delivered.clone()),
            ("LatestDeliveryAttemptSucceeded", delivered),
            ("LatestNotificationAttemptTime", notified.clone()),
            ("LatestNotificationAttemptSucceeded", notified),
            ("TimeLoggingStarted", text(status.start_logging_time)),
            ("TimeLoggingStopped", text(status.stop_logging_time)),
        ];
        let mut answer = json!(status);
        for (name, value) in older {
            answer[name] = json!(value);
        }
        Ok(answer)
    }

    fn start_logging(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.set_logging(call, true)
    }

    fn stop_logging(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.set_logging(call, false)
    }

    fn set_logging(&mut self, call: &Call, on: bool) -> Result<Value, ApiError> {
        let arn = self.own_trail(call, call.text("Name").unwrap_or_default())?;
        let now = self.now;
        if let Some(status) = self.status_mut(&arn).filter(|status| status.is_logging != on) {
            status.is_logging = on;
            match on {
                true => status.start_logging_time = Some(now),
                false => status.stop_logging_time = Some(now),
            }
        }
        Ok(json!({}))
    }

    fn tag_trail(&mut self, call: &Call) -> Result<Value, ApiError> {
        let tags: Vec<Tag> =
            serde_json::from_value(call.params["TagsList"].clone()).unwrap_or_default();
        let state = self.tagged_trail(call)?;
        state.tags.extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
        Ok(json!({}))
    }

    fn untag_trail(&mut self, call: &Call) -> Result<Value, ApiError> {
        let tags: Vec<Tag> =
            serde_json::from_value(call.params["TagsList"].clone()).unwrap_or_default();
        let state = self.tagged_trail(call)?;
        for tag in tags {
            state.tags.remove(&tag.key);
        }
        Ok(json!({}))
    }

    fn tagged_trail(&mut self, call: &Call) -> Result<&mut TrailState, ApiError> {
        let id = call.text("ResourceId").unwrap_or_default();
        let arn = self.own_trail(call, id)?;
        self.trail_mut(&arn).ok_or_else(|| unknown_trail(call, id))
    }

    fn list_trail_tags(&self, call: &Call) -> Result<Value, ApiError> {
        let ids = call.params["ResourceIdList"].as_array().cloned().unwrap_or_default();
        let mut list = Vec::new();
        for id in ids.iter().filter_map(Value::as_str) {
            let state = self.named_trail(call, id)?;
            let tags: Vec<Value> = state
                .tags
                .iter()
                .map(|(key, value)| json!({ "Key": key, "Value": value }))
                .collect();
            list.push(json!({ "ResourceId": id, "TagsList": tags }));
        }
        Ok(json!({ "ResourceTagList": list }))
    }
}

/// As DescribeTrails shows it.
fn shown(trail: &Trail) -> Value {
    let mut shown = json!(trail);
    if let Some(topic) = trail.sns_topic_arn.as_ref().and_then(|arn| arn.parse::<Arn>().ok()) {
        shown["SnsTopicName"] = json!(topic.resource());
    }
    shown["HasInsightSelectors"] = json!(false);
    shown
}
