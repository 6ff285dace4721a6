use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Service;
use super::super::stage::Stage;
use super::*;

fn ask(lab: &mut Stage, operation: &str, params: Value) -> Value {
    lab.try_call(Service::S3, operation, params).unwrap()
}

fn code(lab: &mut Stage, operation: &str, params: Value) -> String {
    lab.refusal(Service::S3, operation, params).0
}

/// A world with the bucket `logs`.
fn with_bucket() -> Stage {
    let mut lab = Stage::example();
    let input = json!({
        "Bucket": "trail-logs",
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"},
    });
    ask(&mut lab, "CreateBucket", input);
    lab
}

fn named() -> Value {
    json!({"Bucket": "trail-logs"})
}

fn put(lab: &mut Stage, key: &str, body: &str) -> Value {
    let body = STANDARD.encode(body);
    ask(lab, "PutObject", json!({"Bucket": "trail-logs", "Key": key, "Body": body}))
}

fn policy(lab: &mut Stage, statements: Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    ask(lab, "PutBucketPolicy", json!({"Bucket": "trail-logs", "Policy": policy}));
}

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/t";
const KEY: &str = "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/01/05/x.json.gz";

fn delivered(lab: &mut Stage, trail: &str) -> Result<(), String> {
    let source = trail.parse().unwrap();
    let body = b"{}".to_vec();
    lab.world.service_puts_object("trail-logs", KEY, body, "cloudtrail.amazonaws.com", &source)
}

/// create-trail-errors.json, captured 2026-09-13: what makes a bucket policy insufficient.
#[test]
fn what_a_bucket_policy_lets_cloudtrail_do() {
    let denied = Err("AccessDenied".to_owned());
    let mut lab = with_bucket();
    assert_eq!(delivered(&mut lab, TRAIL), denied);
    let statement = |acl: &str, prefix: &str, source: Value| {
        json!({
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::trail-logs/{prefix}*"),
            "Condition": {"StringEquals": {
                "s3:x-amz-acl": acl, "aws:SourceArn": TRAIL, "aws:SourceAccount": source,
            }},
        })
    };
    const ACL: &str = "bucket-owner-full-control";
    for (acl, prefix, source, expected) in [
        (ACL, "AWSLogs/123456789012/", "123456789012", Ok(())),
        ("private", "AWSLogs/123456789012/", "123456789012", denied.clone()),
        (ACL, "other/AWSLogs/", "123456789012", denied.clone()),
        (ACL, "AWSLogs/123456789012/", "111111111111", denied.clone()),
    ] {
        policy(&mut lab, statement(acl, prefix, json!(source)));
        assert_eq!(delivered(&mut lab, TRAIL), expected, "{acl} {prefix} {source}");
    }
    policy(&mut lab, statement(ACL, "AWSLogs/123456789012/", json!("123456789012")));
    // A trail recreated under another name.
    assert_eq!(delivered(&mut lab, &TRAIL.replace("/t", "/u")), denied);
    assert_eq!(delivered(&mut lab, TRAIL), Ok(()));
    let listed = ask(&mut lab, "ListObjectsV2", named());
    assert_eq!(listed["Contents"][0]["Key"], KEY);
    let source = TRAIL.parse().unwrap();
    let may = |lab: &Stage, action: &str| {
        lab.world.service_may_on_bucket(
            "trail-logs",
            None,
            action,
            "cloudtrail.amazonaws.com",
            &source,
        )
    };
    assert_eq!(may(&lab, "s3:GetBucketAcl"), denied);
    let pays = json!({
        "Bucket": "trail-logs", "RequestPaymentConfiguration": {"Payer": "Requester"},
    });
    ask(&mut lab, "PutBucketRequestPayment", pays);
    assert_eq!(delivered(&mut lab, TRAIL), denied);
    ask(&mut lab, "DeleteObject", json!({"Bucket": "trail-logs", "Key": KEY}));
    ask(&mut lab, "DeleteBucket", named());
    assert_eq!(delivered(&mut lab, TRAIL), Err("NoSuchBucket".to_owned()));
}

#[test]
fn a_new_bucket_and_what_is_not_set() {
    let mut lab = with_bucket();
    let block = ask(&mut lab, "GetPublicAccessBlock", named());
    assert_eq!(block["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"], true);
    let encryption = ask(&mut lab, "GetBucketEncryption", named());
    let rule = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0];
    assert_eq!(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
    assert_eq!(ask(&mut lab, "GetBucketVersioning", named()), json!({}));
    assert_eq!(ask(&mut lab, "GetBucketRequestPayment", named()), json!({"Payer": "BucketOwner"}));
    assert_eq!(
        ask(&mut lab, "GetBucketLocation", named()),
        json!({"LocationConstraint": "eu-west-1"})
    );
    for (operation, expected) in [
        ("GetBucketPolicy", "NoSuchBucketPolicy"),
        ("GetBucketPolicyStatus", "NoSuchBucketPolicy"),
        ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
        ("GetBucketTagging", "NoSuchTagSet"),
    ] {
        assert_eq!(code(&mut lab, operation, named()), expected);
    }
    ask(&mut lab, "DeletePublicAccessBlock", named());
    assert_eq!(
        code(&mut lab, "GetPublicAccessBlock", named()),
        "NoSuchPublicAccessBlockConfiguration"
    );
    let missing = json!({"Bucket": "missing"});
    for operation in ["HeadBucket", "GetBucketPolicy", "ListObjectsV2", "DeleteBucket"] {
        assert_eq!(code(&mut lab, operation, missing.clone()), "NoSuchBucket");
    }
}

#[test]
fn what_is_set_comes_back() {
    let mut lab = with_bucket();
    let tags = json!({"TagSet": [{"Key": "team", "Value": "soc"}]});
    ask(&mut lab, "PutBucketTagging", json!({"Bucket": "trail-logs", "Tagging": tags}));
    assert_eq!(ask(&mut lab, "GetBucketTagging", named()), tags);
    let versioning = json!({"Status": "Enabled"});
    let input = json!({"Bucket": "trail-logs", "VersioningConfiguration": versioning});
    ask(&mut lab, "PutBucketVersioning", input);
    assert_eq!(ask(&mut lab, "GetBucketVersioning", named()), versioning);
    let rules = json!({"Rules": [{"ID": "x", "Status": "Enabled", "Expiration": {"Days": 30}}]});
    let input = json!({"Bucket": "trail-logs", "LifecycleConfiguration": rules});
    ask(&mut lab, "PutBucketLifecycleConfiguration", input);
    assert_eq!(ask(&mut lab, "GetBucketLifecycleConfiguration", named()), rules);
    ask(&mut lab, "DeleteBucketLifecycle", named());
    assert_eq!(
        code(&mut lab, "GetBucketLifecycleConfiguration", named()),
        "NoSuchLifecycleConfiguration"
    );
    ask(&mut lab, "DeleteBucketTagging", named());
    assert_eq!(code(&mut lab, "GetBucketTagging", named()), "NoSuchTagSet");
    let controls = ask(&mut lab, "GetBucketOwnershipControls", named());
    let rules = json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]});
    assert_eq!(controls, json!({"OwnershipControls": rules}));
    let kms = json!({"Rules": [{"ApplyServerSideEncryptionByDefault": {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/trail",
    }}]});
    let input = json!({"Bucket": "trail-logs", "ServerSideEncryptionConfiguration": kms});
    ask(&mut lab, "PutBucketEncryption", input);
    let stored = put(&mut lab, "k", "v");
    assert_eq!(
        (&stored["ServerSideEncryption"], &stored["SSEKMSKeyId"]),
        (&json!("aws:kms"), &json!("alias/trail"))
    );
    policy(
        &mut lab,
        json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
            "Resource": "arn:aws:s3:::trail-logs/*",
        }),
    );
    let delete = json!({"Bucket": "trail-logs", "Key": "k"});
    let (_, message) = lab.refusal(Service::S3, "DeleteObject", delete.clone());
    assert!(message.ends_with("with an explicit deny in a resource-based policy"), "{message}");
    let several = json!({"Bucket": "trail-logs", "Delete": {"Objects": [{"Key": "k"}]}});
    let answer = ask(&mut lab, "DeleteObjects", several);
    assert_eq!(answer["Errors"][0]["Code"], "AccessDenied");
    ask(&mut lab, "DeleteBucketPolicy", named());
    ask(&mut lab, "DeleteObject", delete);
    assert_eq!(code(&mut lab, "GetBucketLogging", named()), "UnknownOperationException");
    lab.saved_and_loaded();
}

#[test]
fn names_belong_to_the_whole_world() {
    let mut lab = with_bucket();
    let create = |region: &str| {
        json!({
            "Bucket": "trail-logs", "CreateBucketConfiguration": {"LocationConstraint": region},
        })
    };
    assert_eq!(code(&mut lab, "CreateBucket", create("eu-west-1")), "BucketAlreadyOwnedByYou");
    let elsewhere = "IllegalLocationConstraintException";
    assert_eq!(code(&mut lab, "CreateBucket", create("us-west-2")), elsewhere);
    assert_eq!(code(&mut lab, "CreateBucket", json!({"Bucket": "other"})), elsewhere);
    assert_eq!(code(&mut lab, "CreateBucket", json!({"Bucket": "Nope_"})), "InvalidBucketName");
    let mut lab = lab.moved("111111111111/eu-west-1");
    assert_eq!(code(&mut lab, "CreateBucket", create("eu-west-1")), "BucketAlreadyExists");
    let (code, message) = lab.refusal(Service::S3, "GetBucketPolicy", named());
    assert_eq!(code, "AccessDeniedException");
    assert_eq!(
        message,
        "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: \
         s3:GetBucketPolicy on resource: \"arn:aws:s3:::trail-logs\" because no resource-based \
         policy allows the s3:GetBucketPolicy action"
    );
    assert_eq!(ask(&mut lab, "ListBuckets", json!({}))["Buckets"], json!([]));
    let mut lab = lab.moved("123456789012/us-east-1");
    for operation in ["HeadBucket", "GetBucketPolicy", "DeleteBucketPolicy", "DeleteBucket"] {
        let refused = lab.try_call(Service::S3, operation, named()).unwrap_err();
        assert_eq!(refused.name, "PermanentRedirect", "{operation}");
        assert_eq!(refused.bucket_region.unwrap().as_str(), "eu-west-1");
    }
    ask(&mut lab, "GetBucketLocation", named());
    let buckets = ask(&mut lab, "ListBuckets", json!({}));
    assert_eq!(buckets["Buckets"][0]["BucketRegion"], "eu-west-1");
    // Regions to opt in to say it in words.
    let mut lab = lab.moved("123456789012/eu-south-1");
    let refused = lab.try_call(Service::S3, "GetBucketPolicy", named()).unwrap_err();
    assert_eq!(refused.bucket_region, None);
    assert_eq!(
        refused.to_string(),
        "IllegalLocationConstraintException: The eu-west-1 location constraint is incompatible for \
         the region specific endpoint this request was sent to."
    );
}

#[test]
fn policies_that_are_refused() {
    let mut lab = with_bucket();
    let mut refuse = |text: String| {
        lab.refusal(Service::S3, "PutBucketPolicy", json!({"Bucket": "trail-logs", "Policy": text}))
    };
    let malformed = |message: &str| ("MalformedPolicy".to_owned(), message.to_owned());
    assert_eq!(
        refuse("[]".to_owned()),
        malformed("Policies must be valid JSON and the first byte must be '{'")
    );
    let text = |statement: Value| json!({"Statement": [statement]}).to_string();
    assert_eq!(
        refuse(text(json!({
            "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::other/*",
        }))),
        malformed("Policy has invalid resource")
    );
    assert_eq!(
        refuse(text(json!({
            "Effect": "Allow", "Principal": "*", "Action": "sns:Publish",
            "Resource": "arn:aws:s3:::trail-logs/*",
        }))),
        malformed("Policy has invalid action")
    );
    let public = json!({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::trail-logs/*",
    });
    let (code, message) = refuse(text(public.clone()));
    assert_eq!(code, "AccessDeniedException");
    assert!(message.ends_with("BlockPublicPolicy setting in S3 Block Public Access."), "{message}");
    // With a condition on who it is, it is not public.
    let mut fixed = public.clone();
    fixed["Condition"] = json!({"StringEquals": {"aws:SourceAccount": "111111111111"}});
    policy(&mut lab, fixed);
    let status = ask(&mut lab, "GetBucketPolicyStatus", named());
    assert_eq!(status, json!({"PolicyStatus": {"IsPublic": false}}));
    ask(&mut lab, "DeletePublicAccessBlock", named());
    policy(&mut lab, public);
    let status = ask(&mut lab, "GetBucketPolicyStatus", named());
    assert_eq!(status, json!({"PolicyStatus": {"IsPublic": true}}));
    put(&mut lab, "k", "v");
    let get = json!({"Bucket": "trail-logs", "Key": "k"});
    let mut lab = lab.moved("111111111111/eu-west-1");
    ask(&mut lab, "GetObject", get.clone());
    let mut lab = lab.moved("123456789012/eu-west-1");
    let block = json!({"RestrictPublicBuckets": true});
    let input = json!({"Bucket": "trail-logs", "PublicAccessBlockConfiguration": block});
    ask(&mut lab, "PutPublicAccessBlock", input);
    let mut lab = lab.moved("111111111111/eu-west-1");
    assert_eq!(lab.refusal(Service::S3, "GetObject", get).0, "AccessDeniedException");
}

#[test]
fn acls() {
    let mut lab = with_bucket();
    let owner = ask(&mut lab, "GetBucketAcl", named());
    assert_eq!(owner["Grants"][0]["Permission"], "FULL_CONTROL");
    assert_eq!(owner["Owner"]["ID"].as_str().unwrap().len(), 64);
    let public = json!({"Bucket": "trail-logs", "ACL": "public-read"});
    assert_eq!(code(&mut lab, "PutBucketAcl", public.clone()), "AccessControlListNotSupported");
    ask(&mut lab, "PutBucketAcl", json!({"Bucket": "trail-logs", "ACL": "private"}));
    let rules = json!({"Rules": [{"ObjectOwnership": "ObjectWriter"}]});
    let input = json!({"Bucket": "trail-logs", "OwnershipControls": rules});
    ask(&mut lab, "PutBucketOwnershipControls", input);
    assert_eq!(code(&mut lab, "PutBucketAcl", public.clone()), "AccessDeniedException");
    ask(&mut lab, "DeletePublicAccessBlock", named());
    ask(&mut lab, "PutBucketAcl", public);
    let acl = ask(&mut lab, "GetBucketAcl", named());
    assert_eq!(
        acl["Grants"][1],
        json!({
            "Grantee": {
                "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers",
            },
            "Permission": "READ",
        })
    );
}

#[test]
fn objects_come_back_as_they_were_put() {
    let mut lab = with_bucket();
    let input = json!({
        "Bucket": "trail-logs", "Key": "a/b", "Body": STANDARD.encode("hello"),
        "ContentType": "text/plain", "Metadata": {"x": "1"},
    });
    let made = ask(&mut lab, "PutObject", input.clone());
    // The MD5 of `hello`.
    assert_eq!(made["ETag"], "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_eq!(made["ServerSideEncryption"], "AES256");
    let key = json!({"Bucket": "trail-logs", "Key": "a/b"});
    let got = ask(&mut lab, "GetObject", key.clone());
    assert_eq!(got["Body"], STANDARD.encode("hello"));
    assert_eq!((&got["ContentType"], &got["Metadata"]["x"]), (&json!("text/plain"), &json!("1")));
    assert_eq!(
        (&got["ContentLength"], &got["LastModified"]),
        (&json!(5), &json!("2026-01-05T10:12:30Z"))
    );
    let mut head = got.clone();
    head.as_object_mut().unwrap().remove("Body");
    assert_eq!(ask(&mut lab, "HeadObject", key.clone()), head);
    for (range, text, shown) in [
        ("0-1", "he", "bytes 0-1/5"),
        ("3-", "lo", "bytes 3-4/5"),
        ("-1", "o", "bytes 4-4/5"),
        ("2-99", "llo", "bytes 2-4/5"),
    ] {
        let mut part = key.clone();
        part["Range"] = json!(format!("bytes={range}"));
        let part = ask(&mut lab, "GetObject", part);
        assert_eq!(
            (&part["Body"], &part["ContentRange"]),
            (&json!(STANDARD.encode(text)), &json!(shown))
        );
    }
    let mut once = input;
    once["IfNoneMatch"] = json!("*");
    assert_eq!(code(&mut lab, "PutObject", once.clone()), "PreconditionFailed");
    once["ContentMD5"] = json!("AAAA");
    assert_eq!(code(&mut lab, "PutObject", once), "BadDigest");
    assert_eq!(code(&mut lab, "DeleteBucket", named()), "BucketNotEmpty");
    let delete =
        json!({"Bucket": "trail-logs", "Delete": {"Objects": [{"Key": "a/b"}, {"Key": "none"}]}});
    let deleted = ask(&mut lab, "DeleteObjects", delete);
    assert_eq!(deleted["Deleted"], json!([{"Key": "a/b"}, {"Key": "none"}]));
    assert_eq!(code(&mut lab, "GetObject", key), "NoSuchKey");
    ask(&mut lab, "DeleteBucket", named());
}

#[test]
fn names_in_listings_may_be_encoded() {
    let mut lab = with_bucket();
    put(&mut lab, "a b/ü+", "");
    let listed =
        ask(&mut lab, "ListObjectsV2", json!({"Bucket": "trail-logs", "EncodingType": "url"}));
    assert_eq!(listed["Contents"][0]["Key"], "a%20b/%C3%BC%2B");
    let bad = json!({"Bucket": "trail-logs", "ContinuationToken": "x"});
    assert_eq!(code(&mut lab, "ListObjectsV2", bad), "InvalidArgument");
}

/// Every page of a listing: keys and common beginnings, in the order of the pages.
fn all(lab: &mut Stage, operation: &str, mut input: Value) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let answer = ask(lab, operation, input.clone());
        let texts = |member: &str, name: &str| -> Vec<String> {
            let items = answer[member].as_array().unwrap().iter();
            items.map(|item| item[name].as_str().unwrap().to_owned()).collect()
        };
        let mut page = texts("Contents", "Key");
        page.extend(texts("CommonPrefixes", "Prefix"));
        page.sort();
        found.extend(page.clone());
        if answer["IsTruncated"] == false {
            return found;
        }
        let (member, next) = match operation {
            "ListObjectsV2" => ("ContinuationToken", answer["NextContinuationToken"].clone()),
            _ => (
                "Marker",
                match &answer["NextMarker"] {
                    Value::Null => json!(page.last()),
                    marker => marker.clone(),
                },
            ),
        };
        input[member] = next;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_list_every_object_once(
        keys in proptest::collection::btree_set("[ab/]{1,4}", 0..20),
        prefix in "[ab/]{0,2}",
        delimiter in proptest::option::of(Just("/")),
        size in 1usize..5,
    ) {
        let mut lab = with_bucket();
        for key in &keys {
            put(&mut lab, key, key);
        }
        let mut expected: Vec<String> = keys
            .iter()
            .filter_map(|key| {
                let rest = key.strip_prefix(&prefix)?;
                let end = delimiter.and_then(|delimiter| rest.find(delimiter));
                Some(end.map_or(key.clone(), |end| key[..prefix.len() + end + 1].to_owned()))
            })
            .collect();
        expected.dedup();
        for operation in ["ListObjectsV2", "ListObjects"] {
            let input = json!({
                "Bucket": "trail-logs", "Prefix": prefix, "Delimiter": delimiter, "MaxKeys": size,
            });
            prop_assert_eq!(&all(&mut lab, operation, input), &expected);
        }
        lab.saved_and_loaded();
    }
}
