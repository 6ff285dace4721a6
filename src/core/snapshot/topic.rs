//! SNS: `GetTopicAttributes`, `ListSubscriptionsByTopic`, `GetSubscriptionAttributes`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Arn, Datapoint, Observed, Target};

/// What is known of a topic.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// `GetTopicAttributes`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub attributes: Observed<TopicAttributes>,
    /// `ListSubscriptionsByTopic`, by `protocol:endpoint`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub subscriptions: Observed<BTreeMap<String, Subscription>>,
    /// `GetMetricStatistics` of `AWS/SNS` around the newest notification by an alarm, by metric
    /// name; periods without a message have no datapoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, Observed<Vec<Datapoint>>>,
}

/// The attributes of a topic.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TopicAttributes {
    /// The ARN.
    pub topic_arn: Arn,
    /// The owning account.
    pub owner: Option<String>,
    /// The topic policy, as JSON text.
    pub policy: Option<String>,
    /// The key that encrypts messages, as typed: AWS does not check it.
    pub kms_master_key_id: Option<String>,
    /// `true` for FIFO topics.
    pub fifo_topic: Option<String>,
    /// Lags behind the list.
    pub subscriptions_confirmed: Option<String>,
    /// Lags behind the list.
    pub subscriptions_pending: Option<String>,
    /// Lags behind the list.
    pub subscriptions_deleted: Option<String>,
}

impl TopicAttributes {
    /// Those of a topic that was just made, with the policy that AWS gives it.
    pub fn of_new(topic: &Arn) -> Self {
        let policy = format!(
            r#"{{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"{topic}","Condition":{{"StringEquals":{{"AWS:SourceOwner":"{}"}}}}}}]}}"#,
            topic.account()
        );
        Self {
            topic_arn: topic.clone(),
            owner: Some(topic.account().to_owned()),
            policy: Some(policy),
            kms_master_key_id: None,
            fifo_topic: topic.resource().ends_with(".fifo").then(|| "true".to_owned()),
            subscriptions_confirmed: None,
            subscriptions_pending: None,
            subscriptions_deleted: None,
        }
    }
}

/// A subscription of a topic.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Subscription {
    /// The ARN, or the literal `PendingConfirmation` or `Deleted`.
    pub subscription_arn: String,
    /// The account that subscribed.
    pub owner: Option<String>,
    /// `email`, `email-json`, `sms`, `https`, `sqs`, `lambda`, …
    pub protocol: String,
    /// The address.
    pub endpoint: String,
    /// `GetSubscriptionAttributes`; asked for confirmed subscriptions only.
    #[serde(default, rename = "attributes", skip_serializing_if = "Observed::is_not_asked")]
    pub attributes: Observed<SubscriptionAttributes>,
}

/// Hosts of services that hand a message to people, by how their names end.
const SERVICES: [(&str, &str); 15] = [
    ("sns-api.chatbot.amazonaws.com", "AWS Chatbot"),
    ("events.pagerduty.com", "PagerDuty"),
    ("events.eu.pagerduty.com", "PagerDuty"),
    ("opsgenie.com", "Opsgenie"),
    ("api.atlassian.com", "Jira Service Management"),
    ("victorops.com", "Splunk On-Call"),
    ("hooks.slack.com", "Slack"),
    ("webhook.office.com", "Microsoft Teams"),
    ("datadoghq.com", "Datadog"),
    ("datadoghq.eu", "Datadog"),
    ("incident.io", "incident.io"),
    ("squadcast.com", "Squadcast"),
    ("betterstack.com", "Better Stack"),
    ("xmatters.com", "xMatters"),
    ("grafana.net", "Grafana"),
];

impl Subscription {
    /// The chat or paging service behind an HTTPS endpoint, as far as its host tells.
    ///
    /// ```
    /// use secmon_core::snapshot::Subscription;
    ///
    /// let of = |endpoint: &str| -> Result<_, serde_json::Error> {
    ///     let json = serde_json::json!({
    ///         "SubscriptionArn": "PendingConfirmation", "Protocol": "https", "Endpoint": endpoint,
    ///     });
    ///     serde_json::from_value::<Subscription>(json).map(|subscription| subscription.service())
    /// };
    /// assert_eq!(of("https://global.sns-api.chatbot.amazonaws.com")?, Some("AWS Chatbot"));
    /// assert_eq!(of("https://events.pagerduty.com/x-ere/R0")?, Some("PagerDuty"));
    /// assert_eq!(of("https://opsgenie.com.example.org/")?, None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn service(&self) -> Option<&'static str> {
        let rest = self.endpoint.strip_prefix("https://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        let host = host.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
        let is_at = |end: &str| {
            host.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        SERVICES.iter().find(|(end, _)| is_at(end)).map(|(_, name)| *name)
    }

    /// Who is told, in words: "email soc@example.org", "https https://… (PagerDuty)".
    pub fn label(&self) -> String {
        match self.service() {
            Some(service) => format!("{} {} ({service})", self.protocol, self.endpoint),
            None => format!("{} {}", self.protocol, self.endpoint),
        }
    }
}

/// The attributes of a subscription.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SubscriptionAttributes {
    /// JSON text of the filter policy.
    pub filter_policy: Option<String>,
    /// `MessageAttributes` (the default) or `MessageBody`.
    pub filter_policy_scope: Option<String>,
    /// `true` until the owner of the endpoint confirmed.
    pub pending_confirmation: Option<String>,
    /// Whether only signed requests can unsubscribe.
    pub confirmation_was_authenticated: Option<String>,
    /// Whether the message is sent without SNS's envelope.
    pub raw_message_delivery: Option<String>,
    /// JSON text naming the dead-letter queue.
    pub redrive_policy: Option<String>,
}

impl Subscription {
    /// Whose text messages those to a subscribed number are: the subscriber's, in the topic's
    /// Region.
    pub fn sends_texts_as(&self, topic: &Arn) -> Option<Target> {
        let target = topic.target()?;
        Some(match self.owner.as_ref().and_then(|owner| owner.parse().ok()) {
            Some(account) => Target { account, ..target },
            None => target,
        })
    }
}
