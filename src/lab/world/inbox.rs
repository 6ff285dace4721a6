//! What arrives at the ends of the chain.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::snapshot::Arn;
use serde::{Deserialize, Serialize};

/// How many messages an inbox keeps: the newest.
const KEPT: usize = 10_000;

/// What arrived, by endpoint as `protocol:endpoint`, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inboxes(pub BTreeMap<String, Vec<Mail>>);

/// One message at an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// When it arrived.
    pub at: Timestamp,
    /// The topic that sent it; the alarm, where its action is no topic.
    pub topic: Arn,
    /// `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`.
    pub kind: String,
    /// The alarm or rule behind it, if it was one.
    pub source: Option<Arn>,
    /// The subject, where the protocol has one.
    pub subject: Option<String>,
    /// The text as that protocol carries it: plain for mail, SNS's JSON for HTTP and queues.
    pub body: String,
    /// What confirms the subscription, in a `SubscriptionConfirmation`.
    pub token: Option<String>,
}

impl Inboxes {
    /// Puts a message into an inbox.
    pub(super) fn deliver(&mut self, protocol: &str, endpoint: &str, mail: Mail) {
        let mails = self.0.entry(format!("{protocol}:{endpoint}")).or_default();
        mails.push(mail);
        if mails.len() > KEPT + KEPT / 10 {
            mails.drain(..mails.len() - KEPT);
        }
    }
}
