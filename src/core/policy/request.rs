//! What is asked of a policy: who does what to which resource, and what is known of the context.

use std::collections::BTreeMap;

use crate::snapshot::Arn;

/// Who makes the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An AWS service calling for itself, such as `cloudwatch.amazonaws.com`.
    Service(String),
    /// An IAM identity: user, role, role session or root user.
    Aws {
        /// The 12-digit account id.
        account: String,
        /// The identity's ARN: `arn:aws:iam::…:role/…` or `arn:aws:sts::…:assumed-role/ROLE/SESSION`.
        arn: String,
    },
}

impl Principal {
    /// The AWS service with this name.
    pub fn service(name: impl Into<String>) -> Principal {
        Principal::Service(name.into())
    }

    /// The identity with this ARN; its account is the ARN's fifth part, or empty without one.
    pub fn aws(arn: impl Into<String>) -> Principal {
        let arn = arn.into();
        Principal::Aws { account: account_of(&arn), arn }
    }
}

/// What is known of one condition key.
///
/// A key of which a [`Request`] says nothing is the third kind: not known. An answer that hangs on
/// it is [`Decision::Unknown`](super::Decision::Unknown).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// The request carries the key with these values: one for a single-valued key.
    Values(Vec<String>),
    /// The request does not carry the key. An empty list of values means the same.
    Absent,
}

/// A request whose admission a policy decides.
///
/// ```
/// use secmon_core::policy::{Principal, Request};
///
/// let request = Request::new(
///     Principal::service("cloudwatch.amazonaws.com"),
///     "sns:Publish",
///     "arn:aws:sns:eu-west-1:123456789012:security-alerts",
/// )
/// .with("aws:SourceAccount", "123456789012")
/// .without("aws:SourceOrgID");
/// # assert_eq!(request.action, "sns:Publish");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// `service:Operation`; upper and lower case do not differ.
    pub action: String,
    /// ARN of the resource; upper and lower case differ.
    pub resource: String,
    /// Condition keys in lower case, as [`Request::with`] and [`Request::without`] write them.
    pub context: BTreeMap<String, KeyValue>,
}

/// Three kinds of knowledge of a key, after what the principal alone implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Knowledge {
    Values(Vec<String>),
    Absent,
    NotKnown,
}

/// Keys that describe an IAM identity and its organization, which a service principal has not:
/// "included in the request context only if the principal is a member of an organization",
/// `aws:username` only for IAM users, `aws:PrincipalTag` only for tagged users and roles.
/// `aws:PrincipalArn` and `aws:PrincipalAccount` are *not* here: AWS documents them as always
/// present and says nowhere which value a service principal carries, so they stay not known.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const NOT_ON_SERVICES: [&str; 3] = ["aws:principalorgid", "aws:principalorgpaths", "aws:username"];

/// Keys "only available when the call to your resource is made directly by an AWS service
/// principal" (same page), and SNS's `aws:SourceOwner`, which an ordinary IAM caller was captured
/// not to carry (captured on AWS in September 2026).
const ONLY_ON_SERVICES: [&str; 7] = [
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
];

impl Request {
    /// A request of whose context nothing is known but what the principal implies.
    pub fn new(
        principal: Principal,
        action: impl Into<String>,
        resource: impl Into<String>,
    ) -> Request {
        Request {
            principal,
            action: action.into(),
            resource: resource.into(),
            context: BTreeMap::new(),
        }
    }

    /// A CloudWatch alarm publishing to an SNS topic.
    ///
    /// `aws:SourceArn`, `aws:SourceAccount` and `aws:SourceOwner` were captured as what topic
    /// policies see (captured on AWS in September 2026). `aws:SourceOrgID` and `aws:SourceOrgPaths` stay
    /// not known until the caller adds them. AWS calls its own services over TLS. Of an alarm whose
    /// name is not ASCII AWS says to compare the account only: its `aws:SourceArn` is not known.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
    pub fn alarm_publishes(alarm_arn: &str, topic_arn: &str) -> Request {
        let account = account_of(alarm_arn);
        Request::new(Principal::service("cloudwatch.amazonaws.com"), "sns:Publish", topic_arn)
            .with_source_arn(alarm_arn)
            .with("aws:SourceAccount", &account)
            .with("aws:SourceOwner", account)
            .with("aws:SecureTransport", "true")
    }

    /// A CloudWatch alarm using the KMS key of an encrypted topic; the chain needs this for
    /// `kms:GenerateDataKey` and for `kms:Decrypt`.
    ///
    /// The encryption context was captured (captured on AWS in September 2026); `aws:SourceArn` and
    /// `aws:SourceAccount` are what SNS recommends in a key policy. `kms:ViaService`,
    /// `kms:CallerAccount` and the like stay not known.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
    pub fn alarm_uses_key(
        action: impl Into<String>,
        key_arn: &str,
        alarm_arn: &str,
        topic_arn: &str,
    ) -> Request {
        let account = account_of(alarm_arn);
        Request::new(Principal::service("cloudwatch.amazonaws.com"), action, key_arn)
            .with_source_arn(alarm_arn)
            .with("aws:SourceAccount", &account)
            .with("aws:SecureTransport", "true")
            .with("kms:EncryptionContext:aws:sns:topicArn", topic_arn)
            .with("kms:EncryptionContext:aws:sns:sourceArn", alarm_arn)
            .with("kms:EncryptionContext:aws:sns:sourceAccount", account)
            .with_values(
                "kms:EncryptionContextKeys",
                ["aws:sns:topicArn", "aws:sns:sourceArn", "aws:sns:sourceAccount"],
            )
    }

    /// An EventBridge rule publishing to an SNS topic.
    ///
    /// `aws:SourceArn` and `aws:SourceAccount` are documented. `aws:SourceOwner`, by which the
    /// default policy of a topic admits alarms, is not among what EventBridge sends: AWS asks for a
    /// statement of its own.
    ///
    /// Sources: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html>,
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
    pub fn rule_publishes(rule_arn: &str, topic_arn: &str) -> Request {
        Request::new(Principal::service("events.amazonaws.com"), "sns:Publish", topic_arn)
            .with("aws:SourceArn", rule_arn)
            .with("aws:SourceAccount", account_of(rule_arn))
            .without("aws:SourceOwner")
            .with("aws:SecureTransport", "true")
    }

    /// An EventBridge rule using the KMS key of an encrypted topic, for `kms:GenerateDataKey` and
    /// `kms:Decrypt`.
    ///
    /// Adding `aws:SourceAccount`, `aws:SourceArn` or `aws:SourceOrgID` to the key's policy "is not
    /// supported for EventBridge-to-encrypted topics": such a statement admits no rule.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
    pub fn rule_uses_key(action: impl Into<String>, key_arn: &str, topic_arn: &str) -> Request {
        Request::new(Principal::service("events.amazonaws.com"), action, key_arn)
            .without("aws:SourceArn")
            .without("aws:SourceAccount")
            .without("aws:SourceOrgID")
            .with("aws:SecureTransport", "true")
            .with("kms:EncryptionContext:aws:sns:topicArn", topic_arn)
    }

    /// CloudWatch Logs using the KMS key of a log group, whose ARN ends without `:*`. It does so
    /// under its Region's name, and needs `kms:Encrypt`, `kms:Decrypt` and `kms:GenerateDataKey`
    /// among others.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>
    pub fn logs_use_key(action: &str, key_arn: &str, group: &Arn) -> Request {
        let service = Principal::service(format!("logs.{}.amazonaws.com", group.region()));
        Request::new(service, action, key_arn)
            .with("kms:EncryptionContext:aws:logs:arn", group.as_str())
            .with_values("kms:EncryptionContextKeys", ["aws:logs:arn"])
            .with("aws:SourceArn", group.as_str())
            .with("aws:SourceAccount", group.account())
            .with("aws:SecureTransport", "true")
    }

    fn with_source_arn(self, alarm_arn: &str) -> Request {
        match alarm_arn.is_ascii() {
            true => self.with("aws:SourceArn", alarm_arn),
            false => self,
        }
    }

    /// The same request, carrying this key with one value. Case of the key does not matter.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<String>) -> Request {
        self.with_values(key, [value])
    }

    /// The same request, carrying this key with these values.
    #[must_use]
    pub fn with_values<V: Into<String>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Request {
        let values = values.into_iter().map(Into::into).collect();
        self.context.insert(key.to_ascii_lowercase(), KeyValue::Values(values));
        self
    }

    /// The same request, known not to carry this key.
    #[must_use]
    pub fn without(mut self, key: &str) -> Request {
        self.context.insert(key.to_ascii_lowercase(), KeyValue::Absent);
        self
    }

    /// The same request, made by something of an account in this organization, or in none. Its
    /// `aws:SourceOrgPaths` stays not known: only the management account could say where in the
    /// organization the account stands.
    #[must_use]
    pub fn of_organization(self, id: Option<&str>) -> Request {
        match id {
            Some(id) => self.with("aws:SourceOrgID", id),
            None => self.without("aws:SourceOrgID").without("aws:SourceOrgPaths"),
        }
    }

    /// What is known of a key. What the caller said wins over what the principal implies.
    pub(super) fn key(&self, key: &str) -> Knowledge {
        let key = key.to_ascii_lowercase();
        match self.context.get(&key) {
            Some(KeyValue::Values(values)) if values.is_empty() => Knowledge::Absent,
            Some(KeyValue::Values(values)) => Knowledge::Values(values.clone()),
            Some(KeyValue::Absent) => Knowledge::Absent,
            None => self.implied(&key),
        }
    }

    fn implied(&self, key: &str) -> Knowledge {
        let one = |value: &str| Knowledge::Values(vec![value.to_owned()]);
        match (&self.principal, key) {
            (Principal::Service(_), "aws:principalisawsservice") => one("true"),
            (Principal::Service(name), "aws:principalservicename") => one(name),
            (Principal::Service(_), _)
                if NOT_ON_SERVICES.contains(&key) || key.starts_with("aws:principaltag/") =>
            {
                Knowledge::Absent
            }
            (Principal::Aws { .. }, "aws:principalisawsservice") => one("false"),
            (Principal::Aws { account, .. }, "aws:principalaccount") => one(account),
            // For a session AWS returns the role's ARN with its path, which a session's ARN lacks.
            (Principal::Aws { arn, .. }, "aws:principalarn") if !arn.contains(":assumed-role/") => {
                one(arn)
            }
            (Principal::Aws { .. }, _) if ONLY_ON_SERVICES.contains(&key) => Knowledge::Absent,
            _ => Knowledge::NotKnown,
        }
    }
}

fn account_of(arn: &str) -> String {
    arn.split(':').nth(4).unwrap_or_default().to_owned()
}
