use crate::plan::tests::{arn, changed, here};
use crate::plan::{Change, Consent, Resource, Write};
use crate::snapshot::Snapshot;

/// What a plan says of a change to the alarm whose tags are these.
fn asked_with_tags(tags: &str) -> (bool, String) {
    let alarm = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-read";
    let snapshot =
        changed(&format!("[targets.\"123456789012/eu-west-1\".tags]\n\"{alarm}\" = {tags}\n"));
    let write = Write::EnableAlarmActions { target: here(), alarm: "secret-read".to_owned() };
    let change = Change::of(write, String::new(), &snapshot, &snapshot);
    let mut change = change.unwrap();
    let unread = change.note_owner(&snapshot);
    assert_eq!(unread, None);
    (change.asks.contains(&Consent::Drift), change.notes.concat())
}

#[test]
fn what_somebody_else_looks_after_is_told_by_its_tags() {
    for (tags, is_asked, says) in [
        ("{ seen = {} }", false, ""),
        ("\"absent\"", false, ""),
        ("{ seen = { team = \"security\" } }", false, ""),
        (
            "{ seen = { \"aws:cloudformation:stack-name\" = \"alerts\" } }",
            true,
            "CloudFormation stack alerts",
        ),
        ("{ seen = { ManagedBy = \"Terraform\" } }", true, "ManagedBy=Terraform"),
        ("{ seen = { terraform = \"true\" } }", true, "Terraform made it"),
        ("{ seen = { iac = \"OpenTofu\" } }", true, "OpenTofu made it"),
        (
            "\"denied: cloudwatch:ListTagsForResource\"",
            true,
            "cloudwatch:ListTagsForResource was denied",
        ),
        ("\"failed: no answer\"", true, "no answer"),
    ] {
        let (asked, note) = asked_with_tags(tags);
        assert_eq!(asked, is_asked, "{tags}: {note}");
        assert!(note.contains(says), "{tags}: {note}");
    }
}

#[test]
fn tags_are_read_of_what_is_there_and_control_tower_is_known_by_name() {
    let snapshot = Snapshot::healthy();
    let there = Resource::MetricFilter {
        target: here(),
        log_group: "audit-trail".to_owned(),
        name: "secret-read".to_owned(),
    };
    // A filter has no tags: its group's tell.
    let read = there.tags_read(&snapshot).unwrap();
    assert_eq!(
        read.what,
        crate::route::What::ListTags {
            arn: arn("arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail")
        }
    );
    let new =
        Resource::Topic { target: here(), topic: arn("arn:aws:sns:eu-west-1:123456789012:new") };
    assert_eq!(new.tags_read(&snapshot), None);
    let tower = "aws-controltower-BaselineCloudTrail";
    let trail = arn(&format!("arn:aws:cloudtrail:eu-west-1:123456789012:trail/{tower}"));
    let text = snapshot.to_json().replace("trail/audit-trail", &format!("trail/{tower}"));
    let snapshot = Snapshot::from_json(&text).unwrap();
    let write = Write::StartLogging { trail, home_region: "eu-west-1".to_owned() };
    let mut change = Change::of(write, String::new(), &snapshot, &snapshot).unwrap();
    assert_eq!(change.note_owner(&snapshot), None);
    assert!(change.notes.concat().contains("AWS Control Tower owns it"), "{:?}", change.notes);
}
