use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::route::{Read, What};
use secmon_core::snapshot::{Arn, Observed, Snapshot};
use serde_json::json;

use crate::fake::{ACCOUNT, Answer, Fake, asked_by_name};

const STACK: &str = "aws:cloudformation:stack-name";

/// ARN, the operation that is asked, and how its service says that it is tagged with a stack.
type Tagged = (&'static str, &'static str, fn() -> Answer);

fn tagged() -> Vec<Tagged> {
    fn list(key: &str, value: &str) -> serde_json::Value {
        json!([{ key: STACK, value: "alerts" }])
    }
    vec![
        ("cloudtrail:eu-west-1:123456789012:trail/t", "ListTags", || {
            let tags = list("Key", "Value");
            Answer::Json(json!({"ResourceTagList": [{"ResourceId": "t", "TagsList": tags}]}))
        }),
        ("cloudwatch:eu-west-1:123456789012:alarm:a", "ListTagsForResource", || {
            Answer::Cbor(json!({"Tags": list("Key", "Value")}))
        }),
        ("events:eu-west-1:123456789012:rule/r", "ListTagsForResource", || {
            Answer::Json(json!({"Tags": list("Key", "Value")}))
        }),
        ("iam::123456789012:role/r", "ListRoleTags", || {
            Answer::Xml(format!(
                "<ListRoleTagsResponse><ListRoleTagsResult><IsTruncated>false</IsTruncated><Tags>\
                 <member><Key>{STACK}</Key><Value>alerts</Value></member></Tags>\
                 </ListRoleTagsResult></ListRoleTagsResponse>"
            ))
        }),
        ("kms:eu-west-1:123456789012:key/k", "ListResourceTags", || {
            Answer::Json(json!({"Tags": list("TagKey", "TagValue"), "Truncated": false}))
        }),
        ("logs:eu-west-1:123456789012:log-group:g", "ListTagsForResource", || {
            Answer::Json(json!({"tags": {STACK: "alerts"}}))
        }),
        ("s3:::b", "GetBucketTagging", || {
            Answer::Xml(format!(
                "<Tagging><TagSet><Tag><Key>{STACK}</Key><Value>alerts</Value></Tag></TagSet></Tagging>"
            ))
        }),
        ("secretsmanager:eu-west-1:123456789012:secret:s-a1B2c3", "DescribeSecret", || {
            Answer::Json(json!({"Name": "s", "Tags": list("Key", "Value")}))
        }),
        ("sns:eu-west-1:123456789012:t", "ListTagsForResource", || {
            Answer::Xml(format!(
                "<ListTagsForResourceResponse><ListTagsForResourceResult><Tags><member><Key>{STACK}\
                 </Key><Value>alerts</Value></member></Tags></ListTagsForResourceResult>\
                 </ListTagsForResourceResponse>"
            ))
        }),
    ]
}

/// What is seen of the tags of an ARN where its service answers like this.
async fn read(
    arn: &str,
    operation: &'static str,
    answer: fn() -> Answer,
) -> Observed<BTreeMap<String, String>> {
    let fake = Fake::new(move |sent| match sent.operation == operation {
        true => answer(),
        false => Answer::Error(400, "ValidationError", "not asked for"),
    });
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let arn: Arn = format!("arn:aws:{arn}").parse().unwrap();
    let target = format!("{ACCOUNT}/eu-west-1").try_into().unwrap();
    let mut snapshot = Snapshot::empty(Timestamp::UNIX_EPOCH);
    let what = What::ListTags { arn: arn.clone() };
    let reads = [Read { target, what }].into();
    session.read_more(&mut snapshot, reads, &|_| ()).await;
    let mut targets = snapshot.targets.into_values();
    targets.find_map(|mut at| at.tags.remove(&arn)).unwrap_or_default()
}

#[tokio::test]
async fn each_service_tells_its_tags() {
    for (arn, operation, answer) in tagged() {
        let tags = BTreeMap::from([(STACK.to_owned(), "alerts".to_owned())]);
        assert_eq!(read(arn, operation, answer).await, Observed::Seen(tags), "{arn}");
    }
}

#[tokio::test]
async fn what_is_denied_or_gone_is_no_empty_list() {
    for (arn, operation, _) in tagged() {
        let denied = read(arn, operation, || Answer::Error(403, "AccessDenied", "no")).await;
        let arn_of: Arn = format!("arn:aws:{arn}").parse().unwrap();
        let action = What::ListTags { arn: arn_of }.action().to_owned();
        assert_eq!(denied, Observed::Denied { action }, "{arn}");
        let failed = read(arn, operation, || Answer::Error(400, "ValidationError", "bad")).await;
        assert!(matches!(failed, Observed::Failed { .. }), "{arn}: {failed:?}");
    }
    let untagged = read("s3:::b", "GetBucketTagging", || {
        Answer::Error(404, "NoSuchTagSet", "The TagSet does not exist")
    });
    assert_eq!(untagged.await, Observed::Absent);
}
