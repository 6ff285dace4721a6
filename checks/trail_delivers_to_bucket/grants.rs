//! What CloudTrail does to the bucket of a trail.

use secmon_core::policy::PolicyDocument;
use secmon_core::snapshot::{Target, Trail};

const OWNER_CONTROLS: (&str, &str) = ("s3:x-amz-acl", "bucket-owner-full-control");
/// Stands for the id of an organisation that no policy names; AWS's pages write it too.
const NO_ORGANISATION: &str = "o-exampleorgid";

/// Something that CloudTrail does to the bucket.
pub(super) struct Grant<'a> {
    pub(super) sid: &'static str,
    pub(super) action: &'static str,
    /// What it does it to.
    pub(super) path: String,
    /// What a policy has to allow it on.
    pub(super) resource: String,
    pub(super) conditions: Vec<(&'a str, &'a str)>,
}

/// What CloudTrail needs of the bucket of a trail, of an organisation whose id is known or not.
pub(super) fn grants<'a>(
    asked: &Target,
    trail: &'a Trail,
    bucket: &str,
    policy: Option<&PolicyDocument>,
    known: Option<String>,
) -> [Grant<'a>; 2] {
    let arn = format!("arn:{}:s3:::{bucket}", trail.trail_arn.partition());
    let prefix = trail.s3_key_prefix.as_deref().filter(|prefix| !prefix.is_empty());
    let prefix = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
    // An organisation's trail has one folder per account below the organisation's id. Where that is
    // not known, what the policy writes there is believed.
    let id = known.or_else(|| policy.and_then(organisation));
    let (organisation, any) = match (trail.is_organization_trail, id) {
        (false, _) => (String::new(), String::new()),
        (true, Some(id)) => (format!("{id}/"), format!("{id}/")),
        (true, None) => (format!("{NO_ORGANISATION}/"), "o-*/".to_owned()),
    };
    let account = match trail.is_organization_trail {
        true => asked.account.as_str(),
        false => trail.trail_arn.account(),
    };
    let logs = format!("{arn}/{prefix}AWSLogs/{organisation}{account}");
    // Every account of an organisation has its folder there.
    let all = match trail.is_organization_trail {
        true => format!("{arn}/{prefix}AWSLogs/{any}*"),
        false => format!("{logs}/*"),
    };
    let source = ("aws:SourceArn", trail.trail_arn.as_str());
    [
        Grant {
            sid: "AWSCloudTrailAclCheck",
            action: "s3:GetBucketAcl",
            path: arn.clone(),
            resource: arn,
            conditions: vec![source],
        },
        Grant {
            sid: "AWSCloudTrailWrite",
            action: "s3:PutObject",
            path: format!("{logs}/CloudTrail/{}/log.json.gz", asked.region),
            resource: all,
            conditions: vec![OWNER_CONTROLS, source],
        },
    ]
}

/// The organisation's id that a bucket policy writes below `AWSLogs/`.
fn organisation(policy: &PolicyDocument) -> Option<String> {
    let text = policy.json().to_string();
    let rest = text.split("AWSLogs/").skip(1).find(|rest| rest.starts_with("o-"))?;
    Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect())
}
