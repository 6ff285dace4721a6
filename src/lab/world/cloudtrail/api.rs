//! The operations on trails.

use std::collections::BTreeMap;

use secmon_core::selector::{AdvancedEventSelector, EventSelector, EventSelectors};
use secmon_core::snapshot::{Arn, Observed, Target, Trail, TrailStatus};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::agenda::Due;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::TrailState;
use super::record::caller_account;

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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Selectors {
    trail_name: String,
    #[serde(default)]
    event_selectors: Vec<EventSelector>,
    #[serde(default)]
    advanced_event_selectors: Vec<AdvancedEventSelector>,
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

    /// Advanced selectors come instead of basic ones, their fields sorted by name (captured).
    fn get_event_selectors(&self, call: &Call) -> Result<Value, ApiError> {
        let TrailState { trail, .. } =
            self.named_trail(call, call.text("TrailName").unwrap_or_default())?;
        let selectors = trail.selectors.seen().cloned().unwrap_or_default();
        Ok(selectors_answer(&trail.trail_arn, &selectors))
    }

    fn put_event_selectors(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: Selectors = call.input()?;
        let arn = self.own_trail(call, &input.trail_name)?;
        let invalid = |message: &str| Err(ApiError::new("InvalidEventSelectorsException", message));
        if !input.event_selectors.is_empty() && !input.advanced_event_selectors.is_empty() {
            return invalid(
                "You can select events by using either EventSelectors or AdvancedEventSelectors, \
                 but not both.",
            );
        }
        if input.event_selectors.is_empty() && input.advanced_event_selectors.is_empty() {
            return invalid("You must specify at least one event selector.");
        }
        if input.event_selectors.len() > 5 {
            return invalid("You can specify at most 5 event selectors.");
        }
        let excludable = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];
        for source in input.event_selectors.iter().flat_map(|s| &s.exclude_management_event_sources)
        {
            if !excludable.contains(&source.as_str()) {
                return invalid(
                    "The value for ExcludeManagementEventSources is not valid. It must be \
                     kms.amazonaws.com or rdsdata.amazonaws.com.",
                );
            }
        }
        for selector in &input.advanced_event_selectors {
            check_advanced(selector)?;
        }
        let mut selectors = EventSelectors {
            event_selectors: input.event_selectors,
            advanced_event_selectors: input.advanced_event_selectors,
        };
        for selector in &mut selectors.advanced_event_selectors {
            selector.field_selectors.sort_by(|a, b| a.field.cmp(&b.field));
        }
        let answer = selectors_answer(&arn, &selectors);
        if let Some(state) = self.trail_mut(&arn) {
            state.trail.selectors = Observed::Seen(selectors);
            state.trail.has_custom_event_selectors = Some(true);
        }
        Ok(answer)
    }

    fn get_insight_selectors(&self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("TrailName").unwrap_or_default();
        let state = self.named_trail(call, name)?;
        let message = format!("Trail {} does not have Insights enabled.", state.trail.trail_arn);
        Err(ApiError::new("InsightNotEnabledException", message))
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

    /// Whether DescribeTrails shows a trail where the caller asks: those at home there, and as
    /// shadows those of all Regions and those of the organisation.
    pub(in super::super) fn shows(&self, target: &Target, trail: &Trail, shadows: bool) -> bool {
        let here = trail.home_region == target.region.as_str();
        let own = trail.trail_arn.account() == target.account.as_str();
        (here && own)
            || (shadows && (here || trail.is_multi_region_trail) && self.may_see(target, trail))
    }

    /// Whether a trail is the account's own or of its organisation.
    pub(in super::super) fn may_see(&self, target: &Target, trail: &Trail) -> bool {
        let owner = trail.trail_arn.account();
        let account = target.account.as_str();
        owner == account || (trail.is_organization_trail && self.is_member(account, owner))
    }

    /// A trail by ARN, or by name if it is at home in the Region asked.
    fn named_trail(&self, call: &Call, name: &str) -> Result<&TrailState, ApiError> {
        check_reference(name)?;
        let found = match name.parse::<Arn>() {
            Ok(arn) => self.trail(&arn).filter(|state| self.may_see(&call.target, &state.trail)),
            Err(_) => {
                let trails = self.place(&call.target).cloudtrail.trails.values();
                trails.into_iter().find(|state| state.trail.name == name)
            }
        };
        found.ok_or_else(|| unknown_trail(call, name))
    }

    /// The same for changes, which only the owner makes, and only in the home Region.
    fn own_trail(&self, call: &Call, name: &str) -> Result<Arn, ApiError> {
        check_reference(name)?;
        let shadow = |state: &&TrailState| {
            state.trail.name == name && self.shows(&call.target, &state.trail, true)
        };
        let trail = match self.named_trail(call, name) {
            Ok(state) => &state.trail,
            Err(error) => match self.trails().map(|(_, state)| state).find(shadow) {
                Some(state) => &state.trail,
                None => return Err(error),
            },
        };
        if trail.trail_arn.account() != call.target.account.as_str() {
            return Err(ApiError::new(
                "NotOrganizationMasterAccountException",
                "The caller account is not the management account of the organization.",
            ));
        }
        if trail.home_region != call.target.region.as_str() {
            let message = format!(
                "The trail {} can be changed in its home Region {} only.",
                trail.name, trail.home_region
            );
            return Err(ApiError::new("InvalidHomeRegionException", message));
        }
        Ok(trail.trail_arn.clone())
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

fn selectors_answer(arn: &Arn, selectors: &EventSelectors) -> Value {
    let EventSelectors { event_selectors, advanced_event_selectors } = filled_in(selectors);
    if !advanced_event_selectors.is_empty() {
        return json!({ "TrailARN": arn, "AdvancedEventSelectors": advanced_event_selectors });
    }
    let whole: Vec<Value> = event_selectors
        .iter()
        .map(|selector| {
            json!({
                "ReadWriteType": selector.read_write_type,
                "IncludeManagementEvents": selector.include_management_events,
                "DataResources": selector.data_resources,
                "ExcludeManagementEventSources": selector.exclude_management_event_sources,
            })
        })
        .collect();
    json!({ "TrailARN": arn, "EventSelectors": whole })
}

/// Selectors with what was left out said.
pub(in super::super) fn filled_in(selectors: &EventSelectors) -> EventSelectors {
    let mut whole = selectors.clone();
    for selector in &mut whole.event_selectors {
        selector.read_write_type.get_or_insert_with(|| "All".to_owned());
        selector.include_management_events.get_or_insert(true);
    }
    whole
}

/// A new trail's selectors, in full (captured).
fn default_selectors() -> EventSelectors {
    let selector = EventSelector {
        read_write_type: Some("All".to_owned()),
        include_management_events: Some(true),
        ..EventSelector::default()
    };
    EventSelectors { event_selectors: vec![selector], advanced_event_selectors: Vec::new() }
}

/// What advanced selectors on trails may ask for.
fn check_advanced(selector: &AdvancedEventSelector) -> Result<(), ApiError> {
    let invalid = |message: String| Err(ApiError::new("InvalidEventSelectorsException", message));
    let by_field: BTreeMap<&str, _> =
        selector.field_selectors.iter().map(|field| (field.field.as_str(), field)).collect();
    let Some(category) = by_field.get("eventCategory") else {
        return invalid("The eventCategory field is required in every selector.".to_owned());
    };
    for exact in ["eventCategory", "readOnly", "resources.type"] {
        if by_field.get(exact).is_some_and(|field| field.equals.is_empty()) {
            return invalid(format!("The {exact} field supports only the Equals operator."));
        }
    }
    let management = category.equals.iter().any(|category| category == "Management");
    if management
        && let Some(source) = by_field.get("eventSource")
        && !source.equals.is_empty()
    {
        // Captured for s3.amazonaws.com.
        return invalid(
            "The specified eventSource selectors are not supported when eventCategory is set to \
             \"Equals\": \"Management\"."
                .to_owned(),
        );
    }
    Ok(())
}

fn unknown_trail(call: &Call, name: &str) -> ApiError {
    let account = caller_account(&call.caller.arn, &call.target);
    ApiError::new(
        "TrailNotFoundException",
        format!("Unknown trail: {name} for the user: {account}"),
    )
}

fn invalid_name(name: &str) -> ApiError {
    let message = format!(
        "Trail name {name} is not valid: between 3 and 128 letters, digits, periods, underscores \
         or dashes, beginning with a letter or digit and ending with a letter or digit."
    );
    ApiError::new("InvalidTrailNameException", message)
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let inner = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let valid = (3..=128).contains(&name.len())
        && edge(name.chars().next())
        && edge(name.chars().last())
        && name.chars().all(inner);
    if valid { Ok(()) } else { Err(invalid_name(name)) }
}

/// A name, or an ARN of a trail.
fn check_reference(name: &str) -> Result<(), ApiError> {
    if !name.starts_with("arn:") {
        return check_name(name);
    }
    let arn = name.parse::<Arn>().ok();
    match arn.filter(|arn| arn.service() == "cloudtrail" && arn.resource().starts_with("trail/")) {
        Some(_) => Ok(()),
        None => Err(ApiError::new(
            "CloudTrailARNInvalidException",
            format!("The trail ARN {name} is not valid."),
        )),
    }
}
