use std::collections::BTreeSet;

use secmon_core::route::What;
use serde_json::Value;

use super::*;

#[test]
fn the_policy_allows_every_call_once_and_no_reading_of_values() {
    let policy: Value = serde_json::from_str(&read_policy()).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let statements = policy["Statement"].as_array().unwrap();
    let mut allowed = Vec::new();
    let mut sids = BTreeSet::new();
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(statement["Resource"], "*");
        let sid = statement["Sid"].as_str().unwrap();
        assert!(sid.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{sid}");
        assert!(sids.insert(sid), "{sid} twice");
        let actions = statement["Action"].as_array().unwrap();
        let services: BTreeSet<&str> = actions
            .iter()
            .map(|action| action.as_str().unwrap().split(':').next().unwrap())
            .collect();
        assert_eq!(services.len(), 1, "one statement per service");
        allowed.extend(actions.iter().map(|action| action.as_str().unwrap()));
    }
    let calls = Call::ALL.iter().filter(|call| **call != Call::GetCallerIdentity);
    let calls = calls.filter(|call| !call.is_for_plans());
    let needed: BTreeSet<&str> = calls.map(|call| call.action()).collect();
    assert_eq!(allowed.len(), needed.len());
    assert_eq!(allowed.into_iter().collect::<BTreeSet<_>>(), needed);
    assert!(!read_policy().contains("GetSecretValue"));
    assert!(!read_policy().contains("BatchGetSecretValue"));
}

#[test]
fn the_policy_of_repair_allows_more_and_still_no_reading_of_values() {
    let actions = |policy: &str| -> BTreeSet<String> {
        let policy: Value = serde_json::from_str(policy).unwrap();
        let statements = policy["Statement"].as_array().unwrap().iter();
        let actions = statements.flat_map(|it| it["Action"].as_array().unwrap().clone());
        actions.map(|action| action.as_str().unwrap().to_owned()).collect()
    };
    let (reads, all) = (actions(&read_policy()), actions(&repair_policy()));
    assert!(reads.is_subset(&all));
    for action in
        Write::ACTIONS.iter().chain(BESIDES).chain(&["iam:PassRole", "kms:ListResourceTags"])
    {
        assert!(all.contains(*action), "{action}");
        assert!(!reads.contains(*action), "{action}");
    }
    assert!(!repair_policy().contains("SecretValue"));
    // A managed policy may have 6,144 characters without blanks.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    let policy: Value = serde_json::from_str(&repair_policy()).unwrap();
    assert!(policy.to_string().len() <= 6144, "{}", policy.to_string().len());
}

#[test]
fn an_action_is_its_service_and_its_call() {
    for call in Call::ALL {
        let (service, name) = call.action().split_once(':').unwrap();
        assert!(service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        let reads = ["Get", "List", "Describe", "Lookup", "Test", "CheckIf", "Filter"];
        assert!(reads.iter().any(|verb| name.starts_with(verb)), "{name} is no read");
    }
}

#[test]
fn what_a_read_needs_is_in_the_policy() {
    let key = What::GetKeyPolicy { key: "alias/x".into(), key_id: "k".into() };
    assert_eq!(key.action(), "kms:GetKeyPolicy");
    let trail = What::DescribeTrail {
        trail: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/t".parse().unwrap(),
        home_region: "eu-west-1".into(),
    };
    assert_eq!(trail.action(), "cloudtrail:DescribeTrails");
    let actions: BTreeSet<&str> = Call::ALL.iter().map(|call| call.action()).collect();
    for what in [key, trail, What::DescribeAlarms, What::ListRules] {
        assert!(actions.contains(what.action()), "{what:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "reads the crate's own source")]
#[test]
fn no_code_here_asks_for_the_value_of_a_secret() {
    fn search(folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                search(&path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for call in [concat!("get_", "secret_value"), concat!("batch_get_", "secret")] {
                    assert!(!text.contains(call), "{} has {call}", path.display());
                }
            }
        }
    }
    search(std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
}
