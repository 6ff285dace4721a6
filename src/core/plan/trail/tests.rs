use super::*;
use crate::plan::tests::here;
use crate::plan::{Choices, Intent, commands};
use crate::snapshot::{RoleDetail, Snapshot};

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";

/// The calls that let the trail deliver, where these roles are there.
fn delivering(roles: &[(&str, Role)]) -> Vec<Write> {
    let mut snapshot = Snapshot::healthy();
    let at = snapshot.targets.get_mut(&here()).unwrap();
    for (name, role) in roles {
        at.roles.insert(Arn::of_role("aws", "123456789012", name), role.clone());
    }
    let deliver = Intent::DeliverTo {
        trail: TRAIL.parse().unwrap(),
        home_region: "eu-west-1".to_owned(),
        log_group_arn: "arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail:*".to_owned(),
        role_arn: None,
    };
    commands(&[deliver], &snapshot).remove(0).writes
}

fn role(trust: &str, policies: &[(&str, &str)]) -> Role {
    let policies = policies.iter();
    let policies =
        policies.map(|(name, text)| ((*name).to_owned(), Observed::Seen((*text).to_owned())));
    Role {
        role: Observed::Seen(RoleDetail {
            arn: Arn::of_role("aws", "123456789012", "any"),
            assume_role_policy_document: trust.to_owned(),
            permissions_boundary_arn: None,
        }),
        inline_policies: Observed::Seen(policies.collect()),
        attached_policies: Observed::Seen(BTreeMap::new()),
    }
}

#[test]
fn a_role_that_was_left_is_used_and_another_is_not() {
    let name = "CloudTrailRoleForCloudWatchLogs_audit-trail";
    let made = delivering(&[]);
    let [Write::CreateRole { role: arn, trust, .. }, Write::PutRolePolicy { document, .. }, _] =
        &made[..]
    else {
        panic!("{made:?}")
    };
    assert_eq!(arn.name(), name);
    let named = |roles: &[(&str, Role)]| match &delivering(roles)[0] {
        Write::CreateRole { role, .. } => role.name().to_owned(),
        other => panic!("{other:?}"),
    };
    // With and without its policy; IAM gives documents back in another form.
    let respaced = serde_json::from_str::<serde_json::Value>(trust).unwrap();
    let respaced = format!("{respaced:#}");
    assert_eq!(named(&[(name, role(&respaced, &[]))]), name);
    assert_eq!(named(&[(name, role(trust, &[(ROLE_POLICY, document)]))]), name);
    // Somebody else's.
    let other = format!("{name}-2");
    let may_more = r#"{"Version":"2012-10-17","Statement":[]}"#;
    assert_eq!(named(&[(name, role(may_more, &[]))]), other);
    assert_eq!(named(&[(name, role(trust, &[(ROLE_POLICY, may_more)]))]), other);
    assert_eq!(named(&[(name, role(trust, &[("more", document)]))]), other);
    let attached = Role { attached_policies: Observed::NotAsked, ..role(trust, &[]) };
    assert_eq!(named(&[(name, attached)]), other);
    let unseen = Role { role: Observed::Denied { action: "x".to_owned() }, ..role(trust, &[]) };
    assert_eq!(named(&[(name, unseen)]), other);
}

#[test]
fn a_bucket_that_an_earlier_setup_left_is_used_and_another_is_not() {
    let bucket = "cloudtrail-logs-123456789012-eu-west-1";
    let made = |policy: Option<Observed<String>>| {
        let mut snapshot = Snapshot::healthy();
        let at = snapshot.targets.get_mut(&here()).unwrap();
        if let Some(policy) = policy {
            at.buckets.entry(bucket.to_owned()).or_default().policy = policy;
        }
        commands(&[Intent::CreateTrail { target: here() }], &snapshot).remove(0).writes
    };
    let first = made(None);
    let [Write::CreateBucket { .. }, admit @ Write::PutBucketPolicy { .. }, ..] = &first[..] else {
        panic!("{first:?}")
    };
    let furnished = super::super::furnish::furnished(admit, &first, &Choices::default(), true);
    let [Write::PutBucketPolicy { policy, .. }] = &furnished[..] else { panic!("{furnished:?}") };
    let again = made(Some(Observed::Seen(policy.replace(',', ", "))));
    assert!(
        matches!(&again[..], [Write::CreateTrail { bucket: used, .. }, Write::StartLogging { .. }] if used == bucket),
        "{again:?}"
    );
    let others = [
        Observed::Absent,
        Observed::Denied { action: "s3:GetBucketPolicy".to_owned() },
        Observed::Seen(policy.replace("management-events", "another")),
        Observed::Seen(policy.replace("Deny", "Allow")),
    ];
    for other in others {
        let calls = made(Some(other.clone()));
        assert!(
            matches!(&calls[0], Write::CreateBucket { bucket: used, .. } if *used == format!("{bucket}-2")),
            "{other:?}: {calls:?}"
        );
    }
}
