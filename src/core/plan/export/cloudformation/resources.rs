//! The properties of what a plan makes, by CloudFormation's names.

use serde_json::{Map, Value, json};

use crate::plan::{Change, Resource, SECRET_DESCRIPTION, Tags, Write, key_description};
use crate::snapshot::{Arn, MetricAlarm};

/// A type of resource and its properties.
type Piece = (&'static str, Map<String, Value>);

/// What the plan makes of it in a stack, or why a stack cannot have it.
pub(super) fn of(resource: &Resource, changes: &[&Change]) -> Result<Vec<Piece>, &'static str> {
    let changed = Changed { changes };
    let pieces = match resource {
        Resource::LogGroup { name, .. } => log_group(name, &changed)?,
        Resource::MetricFilter { .. } => metric_filter(&changed)?,
        Resource::Role { role, .. } => self::role(role, &changed)?,
        Resource::Bucket { name, .. } => bucket(name, &changed)?,
        Resource::Trail { trail, .. } => self::trail(trail, &changed)?,
        Resource::Topic { topic, .. } => self::topic(topic, &changed)?,
        Resource::Subscription { topic, .. } => subscription(topic, &changed)?,
        Resource::Alarm { .. } => alarm(&changed)?,
        Resource::Dashboard { name, .. } => dashboard(name, &changed)?,
        Resource::Secret { secret, .. } => self::secret(secret, &changed)?,
        Resource::Key { key, .. } => self::key(key, &changed)?,
        Resource::EventRule { .. }
        | Resource::EventTarget { .. }
        | Resource::AlarmMuteRule { .. } => return Err(THERE),
    };
    // CloudFormation would put the value of another parameter or secret in its place.
    let text = json!(pieces.iter().map(|(_, properties)| properties).collect::<Vec<_>>());
    if text.to_string().contains("{{resolve:") {
        return Err(
            "CloudFormation would read a text of it as a reference to a secret or parameter",
        );
    }
    Ok(pieces)
}

const THERE: &str = "it is there already, and a new stack cannot change it";
const UNKNOWN: &str = "secmon does not know it as a whole";

/// The changes of one resource.
struct Changed<'a> {
    changes: &'a [&'a Change],
}

impl<'a> Changed<'a> {
    /// What one of its calls says, the last one first.
    fn last<T>(&self, find: impl Fn(&'a Write) -> Option<T>) -> Option<T> {
        self.changes.iter().rev().find_map(|change| find(&change.write))
    }

    /// The tags that it is made with; an error where it is not made.
    fn made(&self, tags: impl Fn(&'a Write) -> Option<&'a Tags>) -> Result<&'a Tags, &'static str> {
        self.last(tags).ok_or(THERE)
    }

    fn after(&self) -> Result<&'a Value, &'static str> {
        self.changes.last().and_then(|change| change.after.seen()).ok_or(UNKNOWN)
    }

    /// Whether it was there before.
    fn was_there(&self) -> bool {
        self.changes.first().is_some_and(|change| change.before.seen().is_some())
    }
}

/// The properties that are set.
fn properties(fields: Value) -> Map<String, Value> {
    let fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let is_set = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    fields.into_iter().filter(|(_, value)| is_set(value)).collect()
}

fn tag_list(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// A document, which must be an object here.
fn document(text: &str) -> Result<Value, &'static str> {
    let parsed = serde_json::from_str(text).ok().filter(Value::is_object);
    parsed.ok_or("its document is no JSON object")
}

/// Without a value, which a template is no place for.
fn secret(secret: &Arn, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let tags = changed.made(|write| match write {
        Write::CreateSecret { tags, .. } => Some(tags),
        _ => None,
    })?;
    let made = properties(json!({
        "Name": secret.name(),
        "Description": SECRET_DESCRIPTION,
        "Tags": tag_list(tags),
    }));
    Ok(vec![("AWS::SecretsManager::Secret", made)])
}

fn key(alias: &str, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let made = changed.last(|write| match write {
        Write::CreateKey { policy, tags, .. } => Some((policy, tags)),
        _ => None,
    });
    let (policy, tags) = made.ok_or(THERE)?;
    let key = properties(json!({
        "Description": key_description(alias),
        "KeyPolicy": document(policy)?,
        "Tags": tag_list(tags),
    }));
    let name = properties(json!({"AliasName": alias, "TargetKeyId": alias}));
    Ok(vec![("AWS::KMS::Key", key), ("AWS::KMS::Alias", name)])
}

fn log_group(name: &str, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let tags = changed.made(|write| match write {
        Write::CreateLogGroup { tags, .. } => Some(tags),
        _ => None,
    })?;
    let after = changed.after()?;
    let properties = properties(json!({
        "LogGroupName": name,
        "LogGroupClass": after["logGroupClass"],
        "RetentionInDays": after["retentionInDays"],
        "KmsKeyId": after["kmsKeyId"],
        "Tags": tag_list(tags),
    }));
    Ok(vec![("AWS::Logs::LogGroup", properties)])
}

fn metric_filter(changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    if changed.was_there() {
        return Err(THERE);
    }
    let after = changed.after()?;
    let mut transformations = Vec::new();
    for one in after["metricTransformations"].as_array().into_iter().flatten() {
        let dimensions = one["dimensions"].as_object().into_iter().flatten();
        let dimensions: Vec<Value> =
            dimensions.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        transformations.push(Value::Object(properties(json!({
            "MetricName": one["metricName"],
            "MetricNamespace": one["metricNamespace"],
            "MetricValue": one["metricValue"],
            "DefaultValue": one["defaultValue"],
            "Dimensions": dimensions,
            "Unit": one["unit"],
        }))));
    }
    let on_transformed = after["applyOnTransformedLogs"] == true;
    let properties = properties(json!({
        "FilterName": after["filterName"],
        "LogGroupName": after["logGroupName"],
        "FilterPattern": after["filterPattern"],
        "MetricTransformations": transformations,
        "ApplyOnTransformedLogs": on_transformed.then_some(true),
        "FieldSelectionCriteria": after["fieldSelectionCriteria"],
        "EmitSystemFieldDimensions": after["emitSystemFieldDimensions"],
    }));
    Ok(vec![("AWS::Logs::MetricFilter", properties)])
}

fn role(role: &Arn, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let tags = changed.made(|write| match write {
        Write::CreateRole { tags, .. } => Some(tags),
        _ => None,
    })?;
    let after = changed.after()?;
    let mut policies = Vec::new();
    for (name, document) in after["inline policies"].as_object().into_iter().flatten() {
        policies.push(json!({"PolicyName": name, "PolicyDocument": document}));
    }
    let path = role.resource().strip_prefix("role");
    let path = path.and_then(|path| path.strip_suffix(role.name()));
    let properties = properties(json!({
        "RoleName": role.name(),
        "Path": path.filter(|path| *path != "/"),
        "AssumeRolePolicyDocument": after["AssumeRolePolicyDocument"],
        "PermissionsBoundary": after["PermissionsBoundary"],
        "Policies": policies,
        "Tags": tag_list(tags),
    }));
    Ok(vec![("AWS::IAM::Role", properties)])
}

fn bucket(name: &str, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    changed.last(|write| matches!(write, Write::CreateBucket { .. }).then_some(())).ok_or(THERE)?;
    let encrypts = changed.last(|write| {
        matches!(write, Write::PutBucketEncryption { .. }).then(|| {
            json!({"ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
            ]})
        })
    });
    let keeps_private = changed.last(|write| {
        matches!(write, Write::PutPublicAccessBlock { .. }).then(|| {
            json!({
                "BlockPublicAcls": true,
                "IgnorePublicAcls": true,
                "BlockPublicPolicy": true,
                "RestrictPublicBuckets": true,
            })
        })
    });
    let expires = changed.last(|write| match write {
        Write::PutBucketLifecycleConfiguration { days, .. } => Some(json!({"Rules": [{
            "Id": "expire-log-files",
            "Status": "Enabled",
            "Prefix": "AWSLogs/",
            "ExpirationInDays": days,
        }]})),
        _ => None,
    });
    let tags = changed.last(|write| match write {
        Write::PutBucketTagging { tags, .. } => Some(tag_list(tags)),
        _ => None,
    });
    let bucket = properties(json!({
        "BucketName": name,
        "BucketEncryption": encrypts,
        "PublicAccessBlockConfiguration": keeps_private,
        "LifecycleConfiguration": expires,
        "Tags": tags,
    }));
    let mut pieces = vec![("AWS::S3::Bucket", bucket)];
    let policy = changed.last(|write| match write {
        Write::PutBucketPolicy { policy, .. } => Some(policy),
        _ => None,
    });
    if let Some(policy) = policy {
        let policy = json!({"Bucket": name, "PolicyDocument": document(policy)?});
        pieces.push(("AWS::S3::BucketPolicy", properties(policy)));
    }
    Ok(pieces)
}

fn trail(trail: &Arn, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let tags = changed.made(|write| match write {
        Write::CreateTrail { tags, .. } => Some(tags),
        _ => None,
    })?;
    let after = changed.after()?;
    let sets = changed.last(|write| matches!(write, Write::PutEventSelectors { .. }).then_some(()));
    let selectors = sets.map(|()| &after["EventSelectors"]);
    let properties = properties(json!({
        "TrailName": trail.name(),
        "S3BucketName": after["S3BucketName"],
        "S3KeyPrefix": after["S3KeyPrefix"],
        "IsLogging": after["IsLogging"] == true,
        "IsMultiRegionTrail": after["IsMultiRegionTrail"],
        "IncludeGlobalServiceEvents": after["IncludeGlobalServiceEvents"],
        "EnableLogFileValidation": after["LogFileValidationEnabled"],
        "CloudWatchLogsLogGroupArn": after["CloudWatchLogsLogGroupArn"],
        "CloudWatchLogsRoleArn": after["CloudWatchLogsRoleArn"],
        "KMSKeyId": after["KmsKeyId"],
        "SnsTopicName": after["SnsTopicARN"],
        "EventSelectors": selectors.map(|both| &both["EventSelectors"]),
        "AdvancedEventSelectors": selectors.map(|both| &both["AdvancedEventSelectors"]),
        "Tags": tag_list(tags),
    }));
    Ok(vec![("AWS::CloudTrail::Trail", properties)])
}

fn topic(topic: &Arn, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let tags = changed.made(|write| match write {
        Write::CreateTopic { tags, .. } => Some(tags),
        _ => None,
    })?;
    let after = changed.after()?;
    let made = properties(json!({
        "TopicName": topic.resource(),
        "FifoTopic": topic.resource().ends_with(".fifo").then_some(true),
        "KmsMasterKeyId": after["KmsMasterKeyId"],
        "Tags": tag_list(tags),
    }));
    let mut pieces = vec![("AWS::SNS::Topic", made)];
    let policy = changed.last(|write| match write {
        Write::SetTopicAttributes { attribute, value, .. } if attribute == "Policy" => Some(value),
        _ => None,
    });
    if let Some(policy) = policy {
        let policy = json!({"Topics": [topic], "PolicyDocument": document(policy)?});
        pieces.push(("AWS::SNS::TopicPolicy", properties(policy)));
    }
    Ok(pieces)
}

fn subscription(topic: &Arn, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let made = changed.last(|write| match write {
        Write::Subscribe { protocol, endpoint, .. } => Some((protocol, endpoint)),
        _ => None,
    });
    let (protocol, endpoint) = made.ok_or(THERE)?;
    let made = json!({"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint});
    Ok(vec![("AWS::SNS::Subscription", properties(made))])
}

fn alarm(changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let tags = changed.made(|write| match write {
        Write::PutMetricAlarm { tags, .. } => Some(tags),
        _ => None,
    })?;
    if changed.was_there() {
        return Err(THERE);
    }
    let after = changed.after()?;
    if !after["EvaluationWindow"]["WallClockWindow"].is_null() {
        return Err("secmon writes no windows by the clock for CloudFormation");
    }
    let names = ["AlarmName", "AlarmDescription"].into_iter().chain(MetricAlarm::SETTINGS);
    let names = names.filter(|name| *name != "EvaluationWindow");
    let settings = names.map(|name| (name.to_owned(), after[name].clone()));
    let mut made = properties(Value::Object(settings.collect()));
    if !tags.is_empty() {
        made.insert("Tags".to_owned(), json!(tag_list(tags)));
    }
    Ok(vec![("AWS::CloudWatch::Alarm", made)])
}

fn dashboard(name: &str, changed: &Changed<'_>) -> Result<Vec<Piece>, &'static str> {
    let body = changed.last(|write| match write {
        Write::PutDashboard { body, .. } => Some(body),
        _ => None,
    });
    let body = body.filter(|_| !changed.was_there()).ok_or(THERE)?;
    let made = json!({"DashboardName": name, "DashboardBody": body});
    Ok(vec![("AWS::CloudWatch::Dashboard", properties(made))])
}
