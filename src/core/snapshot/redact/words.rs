//! Words that are AWS's, not the account's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::baseline::BaselineEntry;

/// Parts of ARNs, names of services, values of fields, elements of policies, parts of Regions.
const WORDS: &str = "
    account action actions alarm alarms alias allow arn assumed-role aws aws-cn aws-us-gov awslogs
    aws-service-role bucket cloudformation cloudtrail cloudtrail_cloudwatchlogs_role cloudwatch
    condition config control controltower custom customer default deny email email-json event events
    federated-user firehose function group http https iam key keys kms lambda log log-group log-stream logs
    loggroup metric metrics mfa monitoring none notaction notprincipal notresource null number null
    organization organizations policy principal queue read ready region resource role role-session
    root rule secret secrets secretsmanager self service service-role sid sms sns sqs ssm state
    statement stream sts subscription test topic trail trails true false user users version write
    s3 s3api string date table type value values id ids name names com amazonaws amazon
    alarm ok insufficient_data insufficientdata sum average minimum maximum samplecount count
    seconds bytes percent missing ignore breaching notbreaching enabled disabled pendingdeletion
    confirmed pending deleted pendingconfirmation standard infrequent_access delivery active
    scheduled expired all readonly writeonly management data insight networkactivity exists not
    is and or effect stringequals stringlike stringnotequals arnequals arnlike bool
    stateupdate configurationupdate succeeded failed published error reason denied absent seen
    filter filters pattern patterns function threshold crossed datapoint datapoints period periods
    east west north south central northeast southeast northwest southwest gov iso
    dimensions loggroupname topicname awsapicall awsserviceevent awsconsolesignin consolelogin
    iamuser assumedrole awsaccount awsservice
";

/// Whether this is a word of AWS: it stays wherever it stands.
pub(super) fn is_of_aws(name: &str) -> bool {
    static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let entry = BaselineEntry::secret_access();
        let pattern = entry.pattern.split(|c: char| !c.is_alphanumeric());
        let entry = entry.event_names.iter().map(String::as_str).chain(pattern);
        WORDS.split_whitespace().chain(entry).map(str::to_lowercase).collect()
    });
    KNOWN.contains(&name.to_lowercase())
        || region_at(name).is_some_and(|length| length == name.len())
        || name.ends_with(".amazonaws.com")
        || name.starts_with("AWSServiceRole")
        || name.starts_with("alias/aws/")
}

/// How long the Region is that a text begins with, if it does: `eu-west-1`, `us-gov-east-1`.
pub(super) fn region_at(text: &str) -> Option<usize> {
    let end = text
        .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
        .unwrap_or(text.len());
    let mut parts = text.get(..end)?.split('-');
    let first = parts.next()?;
    if first.len() != 2 || !first.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut length = first.len();
    for number_of_words in 0.. {
        let part = parts.next()?;
        length += 1 + part.len();
        if part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit()) {
            return (1..=2).contains(&number_of_words).then_some(length);
        }
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_lowercase()) {
            return None;
        }
    }
    None
}
