//! One account on the server, and the chain built into it with the AWS SDK.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_cloudwatchlogs::types::MetricTransformation;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use secmon_core::baseline::BaselineEntry;
use serde_json::{Value, json};

/// The Region of the secret.
pub(super) const REGION: &str = "eu-west-1";
/// The names in every account.
pub(super) const SECRET: &str = "TopSecretInfo";
pub(super) const TRAIL: &str = "audit-trail";
pub(super) const GROUP: &str = "CloudTrail/audit";
pub(super) const ROLE: &str = "audit-delivery";
pub(super) const FILTER: &str = "secret-read";
pub(super) const NAMESPACE: &str = "Security";
pub(super) const METRIC: &str = "SecretReads";
pub(super) const ALARM: &str = "secret-read";
pub(super) const TOPIC: &str = "security-alerts";
pub(super) const ADDRESS: &str = "soc@example.org";

/// Credentials.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) secret: String,
}

/// An account and clients for it.
pub(super) struct Account {
    pub(super) url: String,
    pub(super) id: String,
    pub(super) root: Key,
    /// The Region of the chain behind the trail.
    pub(super) region: String,
    pub(super) cloudtrail: aws_sdk_cloudtrail::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) events: aws_sdk_eventbridge::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) secretsmanager: aws_sdk_secretsmanager::Client,
    pub(super) sns: aws_sdk_sns::Client,
}

impl Account {
    /// The account of this number, empty at first, whose chain lives in the secret's Region.
    pub(super) fn new(url: &str, number: u64) -> Self {
        Self::homed(url, number, REGION)
    }

    /// The same, with everything behind the trail in another Region.
    pub(super) fn homed(url: &str, number: u64, region: &str) -> Self {
        let id = format!("{number:012}");
        let root = Key { id: id.clone(), secret: "test".to_owned() };
        let config = config(url, &root, region);
        Self {
            url: url.to_owned(),
            id,
            root: root.clone(),
            region: region.to_owned(),
            cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
            secretsmanager: aws_sdk_secretsmanager::Client::new(&self::config(url, &root, REGION)),
            sns: aws_sdk_sns::Client::new(&config),
        }
    }

    /// Builds the whole chain.
    pub(super) async fn build(&self) {
        self.create_secret().await;
        self.create_trail().await;
        self.deliver_to_group().await;
        self.put_metric_filter("1", Some(0.0)).await;
        let topic = self.create_topic(TOPIC).await;
        self.subscribe(&topic, "email", ADDRESS).await;
        self.alarm(ALARM).send().await.expect("PutMetricAlarm");
    }

    pub(super) async fn create_secret(&self) {
        let secret = self.secretsmanager.create_secret().name(SECRET);
        let secret = secret.secret_string("of no consequence");
        secret.send().await.expect("CreateSecret");
    }

    /// A bucket, and a logging multi-Region trail of everything. ministack drops the group and the
    /// role that `CreateTrail` is given, which AWS keeps.
    pub(super) async fn create_trail(&self) {
        self.create_bucket().await;
        self.create_log_group().await;
        self.create_role().await;
        self.cloudtrail
            .create_trail()
            .name(TRAIL)
            .s3_bucket_name(self.bucket())
            .is_multi_region_trail(true)
            .cloud_watch_logs_log_group_arn(self.group_arn())
            .cloud_watch_logs_role_arn(self.role_arn())
            .send()
            .await
            .expect("CreateTrail");
        let logging = self.cloudtrail.start_logging().name(TRAIL);
        logging.send().await.expect("StartLogging");
    }

    /// What makes ministack keep group and role.
    pub(super) async fn deliver_to_group(&self) {
        self.cloudtrail
            .update_trail()
            .name(TRAIL)
            .cloud_watch_logs_log_group_arn(self.group_arn())
            .cloud_watch_logs_role_arn(self.role_arn())
            .send()
            .await
            .expect("UpdateTrail");
    }

    async fn create_bucket(&self) {
        let place = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(self.region.as_str()))
            .build();
        let mut bucket = self.s3.create_bucket().bucket(self.bucket());
        // S3 takes no constraint for its first Region.
        if self.region != "us-east-1" {
            bucket = bucket.create_bucket_configuration(place);
        }
        bucket.send().await.expect("CreateBucket");
        let arn = format!("arn:aws:s3:::{}", self.bucket());
        let statement = |action: &str, resource: &str| {
            json!({
                "Effect": "Allow",
                "Principal": { "Service": "cloudtrail.amazonaws.com" },
                "Action": action,
                "Resource": resource,
            })
        };
        let policy = policy(&[
            statement("s3:GetBucketAcl", &arn),
            statement("s3:PutObject", &format!("{arn}/AWSLogs/{}/*", self.id)),
        ]);
        let put = self.s3.put_bucket_policy().bucket(self.bucket());
        put.policy(policy).send().await.expect("PutBucketPolicy");
    }

    async fn create_log_group(&self) {
        let group = self.logs.create_log_group().log_group_name(GROUP);
        group.send().await.expect("CreateLogGroup");
    }

    async fn create_role(&self) {
        let trust = policy(&[json!({
            "Effect": "Allow",
            "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "sts:AssumeRole",
        })]);
        let role = self.iam.create_role().role_name(ROLE);
        let role = role.assume_role_policy_document(trust);
        role.send().await.expect("CreateRole");
        let group = self.group_arn();
        let stream = format!("{}log-stream:*", group.trim_end_matches('*'));
        let write = policy(&[json!({
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": stream,
        })]);
        let put = self.iam.put_role_policy().role_name(ROLE);
        let put = put.policy_name("write").policy_document(write);
        put.send().await.expect("PutRolePolicy");
    }

    /// The filter of the baseline, which adds this value for an event and this one otherwise.
    pub(super) async fn put_metric_filter(&self, value: &str, otherwise: Option<f64>) {
        self.put_metric_filter_on(GROUP, value, otherwise).await;
    }

    /// The same on another group.
    pub(super) async fn put_metric_filter_on(
        &self,
        group: &str,
        value: &str,
        otherwise: Option<f64>,
    ) {
        let metric = MetricTransformation::builder()
            .metric_namespace(NAMESPACE)
            .metric_name(METRIC)
            .metric_value(value)
            .set_default_value(otherwise)
            .build()
            .expect("a transformation");
        self.logs
            .put_metric_filter()
            .log_group_name(group)
            .filter_name(FILTER)
            .filter_pattern(BaselineEntry::secret_access().pattern)
            .metric_transformations(metric)
            .send()
            .await
            .expect("PutMetricFilter");
    }

    pub(super) async fn create_topic(&self, name: &str) -> String {
        let topic = self.sns.create_topic().name(name).send().await;
        let arn = topic.expect("CreateTopic").topic_arn;
        arn.expect("an ARN")
    }

    pub(super) async fn set_topic_attribute(&self, name: &str, value: &str) {
        let set = self.sns.set_topic_attributes().topic_arn(self.topic_arn());
        let set = set.attribute_name(name).attribute_value(value);
        set.send().await.expect("SetTopicAttributes");
    }

    /// Gives the topic a key of its own, which admits CloudWatch.
    pub(super) async fn encrypt_topic(&self) -> String {
        let owner = json!({
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{}:root", self.id) },
            "Action": "kms:*",
            "Resource": "*",
        });
        let alarms = json!({
            "Effect": "Allow",
            "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        });
        let key = self.kms.create_key().policy(policy(&[owner, alarms]));
        let key = key.send().await.expect("CreateKey").key_metadata;
        let id = key.expect("a key").key_id;
        self.set_topic_attribute("KmsMasterKeyId", &id).await;
        id
    }

    pub(super) async fn subscribe(&self, topic: &str, protocol: &str, endpoint: &str) -> String {
        let subscribe = self.sns.subscribe().topic_arn(topic).protocol(protocol);
        let subscribe = subscribe.endpoint(endpoint).return_subscription_arn(true);
        let arn = subscribe.send().await.expect("Subscribe").subscription_arn;
        arn.expect("an ARN")
    }

    /// The ARNs of the topic's subscriptions.
    pub(super) async fn subscriptions(&self) -> Vec<String> {
        let list = self.sns.list_subscriptions_by_topic();
        let list = list.topic_arn(self.topic_arn()).send().await;
        let list = list.expect("ListSubscriptionsByTopic");
        let arns = list.subscriptions().iter();
        arns.filter_map(|subscription| subscription.subscription_arn.clone()).collect()
    }

    /// The healthy alarm, to be changed before it is sent.
    pub(super) fn alarm(&self, name: &str) -> PutMetricAlarmFluentBuilder {
        self.cloudwatch
            .put_metric_alarm()
            .alarm_name(name)
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .statistic(Statistic::Sum)
            .period(60)
            .evaluation_periods(1)
            .threshold(1.0)
            .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
            .treat_missing_data("notBreaching")
            .alarm_actions(self.topic_arn())
    }

    /// The account's number.
    pub(super) fn number(&self) -> u64 {
        self.id.parse().expect("twelve digits")
    }

    pub(super) fn bucket(&self) -> String {
        format!("audit-logs-{}", self.id)
    }

    pub(super) fn group_arn(&self) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{GROUP}:*", self.region, self.id)
    }

    pub(super) fn role_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{ROLE}", self.id)
    }

    pub(super) fn topic_arn(&self) -> String {
        format!("arn:aws:sns:{}:{}:{TOPIC}", self.region, self.id)
    }
}

/// Nothing but the endpoint given: neither the environment nor any file is looked at.
fn config(url: &str, key: &Key, region: &str) -> SdkConfig {
    let credentials = Credentials::new(&key.id, &key.secret, None, None, "peer suite");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// A policy document of these statements.
pub(super) fn policy(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}
