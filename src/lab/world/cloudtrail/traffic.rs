//! What the rest of an account does all day: calls that have nothing to do with secrets.
//!
//! Kinds and shares after the events of public CloudTrail datasets.

use jiff::Timestamp;
use secmon_core::snapshot::Target;
use serde_json::{Value, json};

use super::super::World;
use super::super::agenda::Due;
use super::super::call::Caller;
use super::record::{Told, identity};

/// How often the account is heard of, in seconds.
const BEAT: u32 = 15;

/// How many events a minute there are at most.
const MOST: u32 = 100_000;

const AGENT: &str = "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux";

/// Event source, event name, request parameters.
fn business(number: u64, target: &Target) -> (&'static str, &'static str, Value) {
    let role = format!("arn:aws:iam::{}:role/deploy", target.account);
    match number % 10 {
        0 | 5 => ("ec2.amazonaws.com", "DescribeInstances", json!({ "maxResults": 1000 })),
        1 => (
            "sts.amazonaws.com",
            "AssumeRole",
            json!({ "roleArn": role, "roleSessionName": "deploy" }),
        ),
        2 => ("ssm.amazonaws.com", "DescribeInstanceInformation", json!({ "maxResults": 50 })),
        3 => ("iam.amazonaws.com", "GetRole", json!({ "roleName": "deploy" })),
        4 => ("ec2.amazonaws.com", "DescribeRouteTables", json!({ "routeTableIdSet": {} })),
        6 => ("s3.amazonaws.com", "GetBucketAcl", json!({ "bucketName": "builds", "acl": "" })),
        7 => ("rds.amazonaws.com", "DescribeDBInstances", Value::Null),
        8 => (
            "health.amazonaws.com",
            "DescribeEventAggregates",
            json!({ "aggregateField": "eventTypeCategory" }),
        ),
        _ => (
            "ssm.amazonaws.com",
            "GetParameter",
            json!({ "name": "/app/endpoint", "withDecryption": true }),
        ),
    }
}

impl World {
    /// Lets the rest of an account make some calls, and again in a moment.
    pub(in super::super) fn background_traffic(&mut self, target: &Target) {
        let rate = self.settings.traffic.get(target).copied().unwrap_or_default();
        // A loaded state may ask for anything.
        let rate = rate.min(MOST);
        if rate == 0 {
            return;
        }
        let beat = i64::from(BEAT);
        // So many in each minute, whatever the number of beats in it.
        let minute = self.now.as_second().div_euclid(beat) % i64::from(60 / BEAT);
        let share = |beats: i64| i64::from(rate) * beats / i64::from(60 / BEAT);
        for _ in share(minute)..share(minute + 1) {
            self.one_call(target);
        }
        let next = (self.now.as_second().div_euclid(beat) + 1) * beat;
        let at = Timestamp::from_second(next).unwrap_or(Timestamp::MAX);
        self.agenda.put(at, Due::Traffic { target: target.clone() });
    }

    fn one_call(&mut self, target: &Target) {
        let (source, name, request) = business(self.ids, target);
        let arn = format!("arn:aws:sts::{}:assumed-role/deploy/deploy", target.account);
        let Ok(arn) = arn.parse() else { return };
        let caller = Caller {
            arn,
            access_key_id: "ASIAEXAMPLEROLE00001".to_owned(),
            source_ip: "192.0.2.20".to_owned(),
            user_agent: AGENT.to_owned(),
        };
        let told = Told {
            source,
            name,
            target,
            read_only: true,
            request,
            response: Value::Null,
            error: None,
            identity: identity(&caller, target, None),
            source_ip: &caller.source_ip,
            user_agent: &caller.user_agent,
            request_id: self.next_uuid().to_string(),
            tls: true,
            resources: None,
        };
        let record = self.record(told, Some("deploy".to_owned()));
        self.hand_to_trails(&record);
    }
}
