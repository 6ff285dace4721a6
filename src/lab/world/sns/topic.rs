//! Topics: their attributes, policies and tags.

use std::collections::BTreeMap;

use secmon_core::policy::PolicyDocument;
use secmon_core::snapshot::{Arn, TopicAttributes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{StoredTopic, SubscriptionState, invalid, topic_arn};
use crate::world::World;
use crate::world::call::{ApiError, Call};
use crate::world::page::page;

/// What a topic policy may be about; anything else is out of scope, `sns:*` and `*` too (captured
/// 2026-09-14).
const ACTIONS: [&str; 13] = [
    "sns:AddPermission",
    "sns:DeleteTopic",
    "sns:GetDataProtectionPolicy",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sns:Publish",
    "sns:PutDataProtectionPolicy",
    "sns:Receive",
    "sns:RemovePermission",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
    "sns:UpdateTopicAttributes",
];

/// Attributes that can be set, besides `Policy`, `KmsMasterKeyId` and `FifoTopic`.
const OTHERS: [&str; 8] = [
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DataProtectionPolicy",
    "DeliveryPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "SignatureVersion",
    "TracingConfig",
];

/// The suffixes of the attributes that say where deliveries are logged.
const LOGGING: [&str; 3] =
    ["SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate"];

/// Captured 2026-09-14.
const EFFECTIVE_DELIVERY_POLICY: &str = r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}"#;

/// The policy of a topic that was given none, captured 2026-09-14.
pub(super) fn default_policy(topic: &Arn) -> String {
    format!(
        r#"{{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"{topic}","Condition":{{"StringEquals":{{"AWS:SourceOwner":"{}"}}}}}}]}}"#,
        topic.account()
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateTopic {
    name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

impl StoredTopic {
    pub(in crate::world) fn new(arn: Arn) -> Self {
        let attributes = TopicAttributes {
            owner: Some(arn.account().to_owned()),
            policy: Some(default_policy(&arn)),
            topic_arn: arn,
            kms_master_key_id: None,
            fifo_topic: None,
            subscriptions_confirmed: None,
            subscriptions_pending: None,
            subscriptions_deleted: None,
        };
        Self {
            attributes,
            others: BTreeMap::new(),
            tags: BTreeMap::new(),
            data_keys: BTreeMap::new(),
        }
    }

    /// Sets an attribute as `SetTopicAttributes` does.
    fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "Policy" => self.attributes.policy = Some(checked_policy(value)?),
            // Stored as typed and not checked: AWS took `nonsense` (captured 2026-09).
            "KmsMasterKeyId" => {
                self.attributes.kms_master_key_id =
                    Some(value.to_owned()).filter(|value| !value.is_empty());
            }
            _ if OTHERS.contains(&name) || LOGGING.iter().any(|end| name.ends_with(end)) => {
                if name.ends_with("Policy") && serde_json::from_str::<Value>(value).is_err() {
                    return Err(invalid(&format!("{name}: failed to parse JSON")));
                }
                self.others.insert(name.to_owned(), value.to_owned());
            }
            _ => return Err(invalid("AttributeName")),
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "Policy" => self.attributes.policy.as_deref(),
            "KmsMasterKeyId" => self.attributes.kms_master_key_id.as_deref(),
            "FifoTopic" => self.attributes.fifo_topic.as_deref(),
            other => self.others.get(other).map(String::as_str),
        }
    }
}

/// Keys are kept, whitespace goes (captured 2026-09-14).
fn checked_policy(text: &str) -> Result<String, ApiError> {
    let document =
        PolicyDocument::parse(text).map_err(|error| invalid(&format!("Policy Error: {error}")))?;
    let statements = statements_of(document.json());
    let actions = statements.iter().flat_map(|statement| match &statement["Action"] {
        Value::Array(actions) => actions.as_slice(),
        one => std::slice::from_ref(one),
    });
    let in_scope = |action: &str| ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action));
    if actions.filter_map(Value::as_str).any(|action| !in_scope(action)) {
        return Err(invalid("Policy statement action out of service scope!"));
    }
    let mut sids: Vec<&str> =
        statements.iter().filter_map(|statement| statement["Sid"].as_str()).collect();
    sids.sort_unstable();
    if sids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(invalid("Every policy statement must have a unique ID"));
    }
    Ok(document.json().to_string())
}

impl World {
    pub(super) fn create_topic(&mut self, call: &Call) -> Result<Value, ApiError> {
        let CreateTopic { name, attributes, tags } = call.input()?;
        let fifo = attributes.get("FifoTopic").is_some_and(|value| value == "true");
        check_name(&name, fifo)?;
        let arn = Arn::of_resource("sns", &call.target, &name);
        let tags: BTreeMap<_, _> = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        if let Some(topic) = self.topic(&arn) {
            if attributes.iter().any(|(name, value)| topic.get(name) != Some(value)) {
                let reason = "Attributes Reason: Topic already exists with different attributes";
                return Err(invalid(reason));
            }
            if !tags.is_empty() && tags != topic.tags {
                return Err(invalid("Tags Reason: Topic already exists with different tags"));
            }
            return Ok(json!({"TopicArn": arn}));
        }
        let mut topic = StoredTopic::new(arn.clone());
        topic.tags = tags;
        for (name, value) in &attributes {
            match name.as_str() {
                "FifoTopic" => topic.attributes.fifo_topic = fifo.then(|| value.clone()),
                name => topic.set(name, value)?,
            }
        }
        if fifo {
            let standard = || "false".to_owned();
            topic.others.entry("ContentBasedDeduplication".to_owned()).or_insert_with(standard);
        }
        self.place_mut(&call.target).sns.topics.insert(arn.clone(), topic);
        Ok(json!({"TopicArn": arn}))
    }

    /// What was confirmed goes on receiving for a while, should the name be used again (captured
    /// 2026-09-14); what is pending outlives the topic.
    pub(super) fn delete_topic(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = topic_arn(call.text("TopicArn").unwrap_or_default(), "TopicArn")?;
        // Deleting what is not there succeeds.
        if self.topic(&arn).is_none() && call.target.account == *arn.account() {
            return Ok(json!({}));
        }
        let arn = self.called_topic(call, "TopicArn")?;
        let now = self.now;
        let Some(target) = arn.target() else { return Err(invalid("TopicArn")) };
        let sns = &mut self.place_mut(&target).sns;
        sns.topics.remove(&arn);
        let theirs = sns.subscriptions.values_mut().filter(|it| it.topic == arn);
        for subscription in theirs {
            subscription.orphaned.get_or_insert(now);
        }
        Ok(json!({}))
    }

    pub(super) fn list_topics(&mut self, call: &Call) -> Result<Value, ApiError> {
        let topics = self.place(&call.target).sns.topics.keys();
        let items: Vec<Value> = topics.map(|arn| json!({"TopicArn": arn})).collect();
        listing(call, "Topics", items)
    }

    pub(super) fn get_topic_attributes(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = self.called_topic(call, "TopicArn")?;
        let count = |state| self.subscriptions_of(&arn, state).to_string();
        let (pending, confirmed, deleted) = (
            count(SubscriptionState::Pending),
            count(SubscriptionState::Confirmed),
            count(SubscriptionState::Deleted),
        );
        let Some(topic) = self.topic(&arn) else { return Err(super::no_topic()) };
        let mut attributes = json!({
            "Policy": topic.attributes.policy,
            "Owner": topic.attributes.owner,
            "SubscriptionsPending": pending,
            "TopicArn": arn,
            "EffectiveDeliveryPolicy": EFFECTIVE_DELIVERY_POLICY,
            "SubscriptionsConfirmed": confirmed,
            "DisplayName": "",
            "SubscriptionsDeleted": deleted,
        });
        if let Some(key) = &topic.attributes.kms_master_key_id {
            attributes["KmsMasterKeyId"] = json!(key);
        }
        if topic.is_fifo() {
            attributes["FifoTopic"] = json!("true");
        }
        for (name, value) in &topic.others {
            attributes[name] = json!(value);
        }
        if let Some(policy) = topic.others.get("DeliveryPolicy") {
            attributes["EffectiveDeliveryPolicy"] = json!(policy);
        }
        Ok(json!({"Attributes": attributes}))
    }

    /// How many subscriptions of a topic are in a state.
    pub(in crate::world) fn subscriptions_of(
        &self,
        topic: &Arn,
        state: SubscriptionState,
    ) -> usize {
        let Some(target) = topic.target() else { return 0 };
        let of_topic = self.subscriptions_in(&target).filter(|(_, it)| it.topic == *topic);
        of_topic.filter(|(_, it)| it.orphaned.is_none() && it.state == state).count()
    }

    pub(super) fn set_topic_attributes(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = self.called_topic(call, "TopicArn")?;
        let name = call.text("AttributeName").unwrap_or_default();
        let value = call.text("AttributeValue").unwrap_or_default();
        self.topic_mut(&arn).ok_or_else(super::no_topic)?.set(name, value)?;
        Ok(json!({}))
    }

    pub(super) fn add_topic_permission(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        struct Input {
            #[serde(rename = "Label")]
            label: String,
            #[serde(rename = "AWSAccountId")]
            accounts: Vec<String>,
            #[serde(rename = "ActionName")]
            actions: Vec<String>,
        }
        let arn = self.called_topic(call, "TopicArn")?;
        let input: Input = call.input()?;
        let known = |action: &&String| {
            let action = format!("sns:{action}");
            ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(&action))
        };
        if !input.actions.iter().all(|action| known(&action)) {
            return Err(invalid("Policy statement action out of service scope!"));
        }
        let topic = self.topic_mut(&arn).ok_or_else(super::no_topic)?;
        let mut document = policy_of(topic);
        let mut statements = statements_of(&document);
        if statements.iter().any(|statement| statement["Sid"] == input.label.as_str()) {
            return Err(invalid("Statement already exists"));
        }
        let root = |account: &String| format!("arn:aws:iam::{account}:root");
        let principals: Vec<String> = input.accounts.iter().map(root).collect();
        let actions: Vec<String> = input.actions.iter().map(|it| format!("SNS:{it}")).collect();
        statements.push(json!({
            "Sid": input.label,
            "Effect": "Allow",
            "Principal": {"AWS": one_or_many(principals)},
            "Action": one_or_many(actions),
            "Resource": arn,
        }));
        document["Statement"] = json!(statements);
        topic.attributes.policy = Some(document.to_string());
        Ok(json!({}))
    }

    pub(super) fn remove_topic_permission(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = self.called_topic(call, "TopicArn")?;
        let label = call.text("Label").unwrap_or_default();
        let topic = self.topic_mut(&arn).ok_or_else(super::no_topic)?;
        let mut document = policy_of(topic);
        let mut statements = statements_of(&document);
        statements.retain(|statement| statement["Sid"] != label);
        document["Statement"] = json!(statements);
        topic.attributes.policy = Some(document.to_string());
        Ok(json!({}))
    }

    pub(super) fn tag_topic(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tags: Vec<Tag>,
        }
        let input: Input = call.input()?;
        let tags = input.tags.into_iter().map(|tag| (tag.key, tag.value));
        self.tagged_topic(call)?.tags.extend(tags);
        Ok(json!({}))
    }

    pub(super) fn untag_topic(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tag_keys: Vec<String>,
        }
        let input: Input = call.input()?;
        self.tagged_topic(call)?.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(json!({}))
    }

    pub(super) fn list_topic_tags(&mut self, call: &Call) -> Result<Value, ApiError> {
        let tags = self.tagged_topic(call)?.tags.iter();
        let tags: Vec<_> = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        Ok(json!({"Tags": tags}))
    }

    fn tagged_topic(&mut self, call: &Call) -> Result<&mut StoredTopic, ApiError> {
        let arn = topic_arn(call.text("ResourceArn").unwrap_or_default(), "ResourceArn")?;
        let missing = || ApiError::new("ResourceNotFoundException", "Resource does not exist");
        match arn.target() {
            Some(target) if target == call.target => self.topic_mut(&arn).ok_or_else(missing),
            _ => Err(missing()),
        }
    }
}

/// SNS's pages are of 100 and cannot be made smaller.
pub(super) fn listing(call: &Call, name: &str, items: Vec<Value>) -> Result<Value, ApiError> {
    let Some((items, next)) = page(items, 100, call.text("NextToken")) else {
        return Err(invalid("NextToken"));
    };
    let mut answer = json!({name: items});
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

fn check_name(name: &str, fifo: bool) -> Result<(), ApiError> {
    let stem = if fifo { name.strip_suffix(".fifo") } else { Some(name) };
    let allowed = |stem: &str| stem.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    match stem {
        Some(stem) if !stem.is_empty() && name.len() <= 256 && allowed(stem) => Ok(()),
        _ if fifo => Err(invalid(
            "Fifo Topic names must end with .fifo and must be made up of only uppercase and \
             lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and \
             256 characters long.",
        )),
        _ => Err(invalid("Topic Name")),
    }
}

fn policy_of(topic: &StoredTopic) -> Value {
    let text = topic.attributes.policy.as_deref().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| json!({"Version": "2008-10-17"}))
}

fn statements_of(document: &Value) -> Vec<Value> {
    match &document["Statement"] {
        Value::Array(statements) => statements.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn one_or_many(mut items: Vec<String>) -> Value {
    match items.len() {
        1 => json!(items.remove(0)),
        _ => json!(items),
    }
}
