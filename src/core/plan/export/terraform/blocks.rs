//! One block for each resource, by the provider's names.

use serde_json::Value;

use super::hcl::{Attribute, Body, Hcl};
use super::{Block, Part, Piece, alarm, trail};
use crate::plan::{Resource, SECRET_DESCRIPTION, Tags, Write, key_description};
use crate::snapshot::{Arn, Target};

/// Settings of a topic that secmon does not read.
const TOPIC: [&str; 19] = [
    "application_failure_feedback_role_arn",
    "application_success_feedback_role_arn",
    "application_success_feedback_sample_rate",
    "archive_policy",
    "content_based_deduplication",
    "delivery_policy",
    "display_name",
    "firehose_failure_feedback_role_arn",
    "firehose_success_feedback_role_arn",
    "firehose_success_feedback_sample_rate",
    "http_failure_feedback_role_arn",
    "http_success_feedback_role_arn",
    "http_success_feedback_sample_rate",
    "lambda_failure_feedback_role_arn",
    "lambda_success_feedback_role_arn",
    "lambda_success_feedback_sample_rate",
    "sqs_failure_feedback_role_arn",
    "sqs_success_feedback_role_arn",
    "sqs_success_feedback_sample_rate",
];

/// What a block holds before it is known whether its resource was there.
pub(super) struct Draft {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) id: String,
    pub(super) body: Body,
    pub(super) ignore: Vec<&'static str>,
    pub(super) attributes: Vec<(&'static str, String)>,
}

/// The block, or why there is none.
pub(super) fn of(piece: &Piece<'_>) -> Result<Block, &'static str> {
    let before = piece.first.before.seen();
    let after = piece.last.after.seen();
    let whole = after.ok_or("secmon does not know it as a whole");
    let draft = match (piece.resource, &piece.part) {
        (Resource::LogGroup { target, name }, _) => log_group(target, name, whole?, tags(piece)),
        (Resource::MetricFilter { target, log_group, name }, _) => {
            alarm::filter(target, log_group, name, (before, whole?))?
        }
        (Resource::Role { role, .. }, Part::InlinePolicy(policy)) => inline(role, policy, piece)?,
        (Resource::Role { role, .. }, _) => self::role(role, whole?, tags(piece)),
        (Resource::Bucket { name, .. }, part) => bucket(name, part, piece)?,
        (Resource::Trail { target, trail }, _) => trail::trail(target, trail, whole?, piece)?,
        (Resource::EventRule { target, name }, _) => rule(target, name, whole?)?,
        (Resource::EventTarget { target, rule, id }, _) => rule_target(target, rule, id, whole?),
        (Resource::Topic { topic, .. }, Part::Policy) => topic_policy(topic, piece)?,
        (Resource::Topic { topic, .. }, _) => self::topic(topic, whole?, tags(piece)),
        (Resource::Subscription { topic, endpoint, .. }, _) => {
            subscription(topic, endpoint, whole?)
        }
        (Resource::Secret { secret, .. }, _) => self::secret(secret, tags(piece)),
        (Resource::Key { key, .. }, Part::Itself) => self::key(key, piece)?,
        (Resource::Key { key, .. }, Part::Alias) => key_alias(key),
        (Resource::Key { key, .. }, _) => key_policy(key, piece)?,
        (Resource::Alarm { name, .. }, _) => alarm::alarm(name, whole?, before, tags(piece))?,
        (Resource::Dashboard { name, .. }, _) => dashboard(name, piece)?,
        (Resource::AlarmMuteRule { .. }, _) => return Err("secmon writes none for it"),
    };
    let Draft { kind, name, id, body, ignore, attributes } = draft;
    let was_there = match &piece.part {
        Part::InlinePolicy(policy) => {
            before.is_some_and(|role| !role["inline policies"][*policy].is_null())
        }
        // Whether they were there is not read. Setting them sets the whole of them, there or not.
        Part::PublicAccess | Part::Encryption | Part::Lifecycle => false,
        Part::Itself | Part::Policy | Part::Alias => before.is_some(),
    };
    let (import, ignore) = if was_there { (Some(id), ignore) } else { (None, Vec::new()) };
    Ok(Block { kind, name, body, import, ignore, attributes })
}

/// A block without attributes that others name.
pub(super) fn draft(kind: &'static str, name: &str, id: impl ToString, body: Body) -> Draft {
    let (name, id) = (name.to_owned(), id.to_string());
    Draft { kind, name, id, body, ignore: Vec::new(), attributes: Vec::new() }
}

/// The tags that it is made with.
pub(super) fn tags(piece: &Piece<'_>) -> Option<Hcl> {
    let mut found = piece.changes.iter().filter_map(|change| match &change.write {
        Write::CreateSecret { tags, .. }
        | Write::CreateKey { tags, .. }
        | Write::CreateLogGroup { tags, .. }
        | Write::CreateRole { tags, .. }
        | Write::PutBucketTagging { tags, .. }
        | Write::CreateTrail { tags, .. }
        | Write::CreateTopic { tags, .. }
        | Write::PutMetricAlarm { tags, .. } => Some(tags),
        _ => None,
    });
    let tags: &Tags = found.find(|tags| !tags.is_empty())?;
    Some(Hcl::Map(tags.iter().map(|(key, value)| (key.clone(), Hcl::text(value))).collect()))
}

/// The document that the last call that sets it sets.
fn document(piece: &Piece<'_>) -> Result<Hcl, &'static str> {
    let mut texts = piece.changes.iter().rev().filter_map(|change| match &change.write {
        Write::PutRolePolicy { document, .. } => Some(document),
        Write::PutBucketPolicy { policy, .. }
        | Write::CreateKey { policy, .. }
        | Write::PutKeyPolicy { policy, .. } => Some(policy),
        Write::SetTopicAttributes { value, .. } => Some(value),
        Write::PutDashboard { body, .. } => Some(body),
        _ => None,
    });
    texts.next().map(|text| Hcl::document(text)).ok_or("its document is not known")
}

/// A document as a snapshot has it.
fn seen_document(value: &Value) -> Hcl {
    match value {
        Value::String(text) => Hcl::document(text),
        document => Hcl::document(&document.to_string()),
    }
}

fn log_group(target: &Target, name: &str, after: &Value, tags: Option<Hcl>) -> Draft {
    let mut body = Body::default();
    body.set("name", Hcl::text(name)).copy(
        after,
        &[
            ("logGroupClass", "log_group_class"),
            ("retentionInDays", "retention_in_days"),
            ("kmsKeyId", "kms_key_id"),
        ],
    );
    body.maybe("tags", tags);
    Draft {
        ignore: vec!["tags"],
        attributes: vec![("name", placed(target, name)), ("arn", placed(target, name))],
        ..draft("aws_cloudwatch_log_group", name, name, body)
    }
}

/// What tells something from what has its name in other Regions.
pub(super) fn placed(target: &Target, name: &str) -> String {
    format!("{target} {name}")
}

fn role(role: &Arn, after: &Value, tags: Option<Hcl>) -> Draft {
    let name = role.name();
    let mut body = Body::default();
    body.set("name", Hcl::text(name));
    let path = role.resource().strip_prefix("role").and_then(|path| path.strip_suffix(name));
    if let Some(path) = path.filter(|path| *path != "/") {
        body.set("path", Hcl::text(path));
    }
    body.copy(after, &[("PermissionsBoundary", "permissions_boundary")])
        .set("assume_role_policy", seen_document(&after["AssumeRolePolicyDocument"]))
        .maybe("tags", tags);
    Draft {
        ignore: vec!["description", "max_session_duration", "tags"],
        attributes: vec![("name", name.to_owned()), ("arn", role.to_string())],
        ..draft("aws_iam_role", name, name, body)
    }
}

fn inline(role: &Arn, policy: &str, piece: &Piece<'_>) -> Result<Draft, &'static str> {
    let name = role.name();
    let mut body = Body::default();
    body.set("name", Hcl::text(policy))
        .set("role", Hcl::of("aws_iam_role", "name", name))
        .set("policy", document(piece)?);
    let label = format!("{name}_{policy}");
    Ok(draft("aws_iam_role_policy", &label, format!("{name}:{policy}"), body))
}

fn bucket(name: &str, part: &Part<'_>, piece: &Piece<'_>) -> Result<Draft, &'static str> {
    let mut body = Body::default();
    match part {
        Part::Itself => body.set("bucket", Hcl::text(name)).maybe("tags", tags(piece)),
        _ => body.set("bucket", Hcl::of("aws_s3_bucket", "bucket", name)),
    };
    let days = piece.changes.iter().rev().find_map(|change| match &change.write {
        Write::PutBucketLifecycleConfiguration { days, .. } => Some(*days),
        _ => None,
    });
    let kind = match part {
        Part::Policy => {
            body.set("policy", document(piece)?);
            "aws_s3_bucket_policy"
        }
        Part::PublicAccess => {
            for setting in [
                "block_public_acls",
                "ignore_public_acls",
                "block_public_policy",
                "restrict_public_buckets",
            ] {
                body.set(setting, Hcl::Expression("true".to_owned()));
            }
            "aws_s3_bucket_public_access_block"
        }
        Part::Encryption => {
            let (mut rule, mut by_default) = (Body::default(), Body::default());
            by_default.set("sse_algorithm", Hcl::text("AES256"));
            rule.block("apply_server_side_encryption_by_default", by_default);
            body.block("rule", rule);
            "aws_s3_bucket_server_side_encryption_configuration"
        }
        Part::Lifecycle => {
            let (mut rule, mut filter, mut expiration) =
                (Body::default(), Body::default(), Body::default());
            filter.set("prefix", Hcl::text("AWSLogs/"));
            expiration.maybe("days", days.map(|days| Hcl::Expression(days.to_string())));
            rule.set("id", Hcl::text("expire-log-files"))
                .set("status", Hcl::text("Enabled"))
                .block("filter", filter)
                .block("expiration", expiration);
            body.block("rule", rule);
            "aws_s3_bucket_lifecycle_configuration"
        }
        Part::Itself | Part::InlinePolicy(_) | Part::Alias => {
            let makes = |write: &Write| matches!(write, Write::CreateBucket { .. });
            if !piece.changes.iter().any(|change| makes(&change.write)) {
                return Err("the bucket was there before, and secmon does not read it as a whole");
            }
            let attributes = vec![("bucket", name.to_owned())];
            return Ok(Draft { attributes, ..draft("aws_s3_bucket", name, name, body) });
        }
    };
    Ok(draft(kind, name, name, body))
}

fn rule(target: &Target, name: &str, after: &Value) -> Result<Draft, &'static str> {
    if !after["ManagedBy"].is_null() {
        return Err("an AWS service manages the rule");
    }
    let mut body = Body::default();
    body.set("name", Hcl::text(name)).copy(
        after,
        &[
            ("Description", "description"),
            ("ScheduleExpression", "schedule_expression"),
            ("State", "state"),
            ("RoleArn", "role_arn"),
        ],
    );
    body.maybe("event_pattern", after["EventPattern"].as_str().map(Hcl::document));
    let ignore = vec!["tags"];
    let attributes = vec![("name", placed(target, name))];
    Ok(Draft { ignore, attributes, ..draft("aws_cloudwatch_event_rule", name, name, body) })
}

/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_event_target>
fn rule_target(target: &Target, rule: &str, id: &str, after: &Value) -> Draft {
    let mut body = Body::default();
    let of_rule = Hcl::Of(Attribute {
        kind: "aws_cloudwatch_event_rule",
        name: "name",
        value: placed(target, rule),
        otherwise: rule.to_owned(),
        suffix: "",
    });
    body.set("rule", of_rule).set("target_id", Hcl::text(id));
    if let Some(arn) = after["Arn"].as_str() {
        body.set("arn", Hcl::of("aws_sns_topic", "arn", arn));
    }
    let name = format!("{rule}_{id}");
    draft("aws_cloudwatch_event_target", &name, format!("{rule}/{id}"), body)
}

fn topic(topic: &Arn, after: &Value, tags: Option<Hcl>) -> Draft {
    let name = topic.resource();
    let mut body = Body::default();
    body.set("name", Hcl::text(name));
    if name.ends_with(".fifo") {
        body.set("fifo_topic", Hcl::Expression("true".to_owned()));
    }
    let key = after["KmsMasterKeyId"].as_str();
    body.maybe("kms_master_key_id", key.map(|key| Hcl::of("aws_kms_alias", "name", key)))
        .maybe("tags", tags);
    Draft {
        ignore: TOPIC.into_iter().chain(["tags"]).collect(),
        attributes: vec![("arn", topic.to_string())],
        ..draft("aws_sns_topic", name, topic, body)
    }
}

fn topic_policy(topic: &Arn, piece: &Piece<'_>) -> Result<Draft, &'static str> {
    let mut body = Body::default();
    body.set("arn", Hcl::of("aws_sns_topic", "arn", topic)).set("policy", document(piece)?);
    Ok(draft("aws_sns_topic_policy", topic.resource(), topic, body))
}

fn subscription(topic: &Arn, id: &str, after: &Value) -> Draft {
    let mut body = Body::default();
    body.set("topic_arn", Hcl::of("aws_sns_topic", "arn", topic))
        .copy(after, &[("Protocol", "protocol"), ("Endpoint", "endpoint")]);
    let policy = &after["FilterPolicy"];
    if !policy.is_null() {
        body.set("filter_policy", seen_document(policy));
    }
    let endpoint = after["Endpoint"].as_str().unwrap_or(id);
    // Not filter_policy_scope: the provider keeps it, and refuses it where there is no policy.
    let ignore = vec![
        "delivery_policy",
        "raw_message_delivery",
        "redrive_policy",
        "replay_policy",
        "subscription_role_arn",
    ];
    let name = format!("{}_{endpoint}", topic.resource());
    Draft { ignore, ..draft("aws_sns_topic_subscription", &name, id, body) }
}

/// Without a value: a configuration is no place for one.
fn secret(secret: &Arn, tags: Option<Hcl>) -> Draft {
    let name = secret.name();
    let mut body = Body::default();
    body.set("name", Hcl::text(name))
        .set("description", Hcl::text(SECRET_DESCRIPTION))
        .maybe("tags", tags);
    draft("aws_secretsmanager_secret", name, secret, body)
}

fn key(alias: &str, piece: &Piece<'_>) -> Result<Draft, &'static str> {
    let mut body = Body::default();
    body.set("description", Hcl::text(key_description(alias)))
        .set("policy", document(piece)?)
        .maybe("tags", tags(piece));
    let attributes = vec![("key_id", alias.to_owned())];
    Ok(Draft { attributes, ..draft("aws_kms_key", short(alias), alias, body) })
}

fn key_alias(alias: &str) -> Draft {
    let mut body = Body::default();
    body.set("name", Hcl::text(alias))
        .set("target_key_id", Hcl::of("aws_kms_key", "key_id", alias));
    let attributes = vec![("name", alias.to_owned())];
    Draft { attributes, ..draft("aws_kms_alias", short(alias), alias, body) }
}

fn short(alias: &str) -> &str {
    alias.trim_start_matches("alias/")
}

fn key_policy(key: &str, piece: &Piece<'_>) -> Result<Draft, &'static str> {
    // The provider keeps the id of a key, also where it was given an ARN.
    let arn = key.parse::<Arn>().ok();
    let id = arn.as_ref().and_then(|arn| arn.resource().strip_prefix("key/")).unwrap_or(key);
    let mut body = Body::default();
    body.set("key_id", Hcl::text(id)).set("policy", document(piece)?);
    Ok(draft("aws_kms_key_policy", id, id, body))
}

fn dashboard(name: &str, piece: &Piece<'_>) -> Result<Draft, &'static str> {
    let mut body = Body::default();
    body.set("dashboard_name", Hcl::text(name)).set("dashboard_body", document(piece)?);
    Ok(draft("aws_cloudwatch_dashboard", name, name, body))
}
