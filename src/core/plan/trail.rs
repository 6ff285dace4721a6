//! CloudTrail: trails and their event selectors.

use std::collections::BTreeMap;

use serde_json::json;

use super::furnish::with_tls_only;
use super::resource::{document, is_no_bucket};
use super::steps::Draft;
use super::{Intent, Tags, TrailSettings, Write, free_name};
use crate::selector::{AdvancedEventSelector, EventSelector, EventSelectors};
use crate::snapshot::{Arn, Observed, Region, Role, Snapshot, Target, Trail};

#[cfg(test)]
mod tests;

/// The service that records events, assumes delivery roles and writes log files.
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
/// The most basic event selectors a trail takes.
const MOST_SELECTORS: usize = 5;

pub(super) fn start(trail: &Arn, wishes: &[&Intent]) -> Draft {
    let home = home_region(trail, wishes);
    Draft::run(
        format!("Starts trail {}.", trail.name()),
        Write::StartLogging { trail: trail.clone(), home_region: home.to_owned() },
    )
}

fn home_region<'a>(trail: &'a Arn, wishes: &[&'a Intent]) -> &'a str {
    let named = wishes.iter().find_map(|wish| match wish {
        Intent::StartLogging { home_region, .. }
        | Intent::RecordAllRegions { home_region, .. }
        | Intent::DeliverTo { home_region, .. } => Some(home_region.as_str()),
        _ => None,
    });
    named.unwrap_or(trail.region())
}

/// The trail, as the target that saw its selectors did.
fn find<'a>(snapshot: &'a Snapshot, arn: &Arn) -> Option<&'a Trail> {
    let trails = snapshot.targets.values().filter_map(|seen| seen.trail(arn));
    trails.max_by_key(|trail| trail.selectors.seen().is_some())
}

pub(super) fn update(arn: &Arn, wishes: &[&Intent], snapshot: &Snapshot) -> Draft {
    let home = home_region(arn, wishes);
    let all_regions = wishes.iter().any(|wish| matches!(wish, Intent::RecordAllRegions { .. }));
    // Of several wishes for a destination the last one that names a role counts.
    let destination = wishes
        .iter()
        .filter_map(|wish| match wish {
            Intent::DeliverTo { log_group_arn, role_arn, .. } => Some((log_group_arn, role_arn)),
            _ => None,
        })
        .max_by_key(|(_, role)| role.is_some());
    let trail = find(snapshot, arn);
    // A multi-Region trail without global service events is refused.
    let no_global = trail.is_some_and(|trail| trail.include_global_service_events == Some(false));
    let mut set = TrailSettings {
        is_multi_region_trail: all_regions.then_some(true),
        include_global_service_events: (all_regions && no_global).then_some(true),
        ..TrailSettings::default()
    };
    let update = |set| Write::UpdateTrail { trail: arn.clone(), home_region: home.to_owned(), set };
    let mut says = Vec::new();
    if all_regions {
        says.push(format!("Lets trail {} record every Region", arn.name()));
    }
    let Some((group, role)) = destination else {
        return Draft::run(format!("{}.", says.join(", ")), update(set));
    };
    says.push(format!("{} trail {} deliver to {group}", lets(&says), arn.name()));
    set.cloud_watch_logs_log_group_arn = Some(group.clone());
    if let Some(role) = role {
        set.cloud_watch_logs_role_arn = Some(role.to_string());
        return Draft::run(format!("{}.", says.join(" and ")), update(set));
    }
    let role = DeliveryRole::of(arn, home, group, trail, snapshot);
    set.cloud_watch_logs_role_arn = Some(role.arn.to_string());
    Draft {
        says: format!(
            "{}. CloudTrail needs a role for that, made first: {}; where update-trail answers \
             \"Access denied\", wait a minute and run it again, for a new role takes a while.",
            says.join(" and "),
            role.arn.name(),
        ),
        writes: role.writes.into_iter().chain([update(set)]).collect(),
        needs: role.needs,
    }
}

fn lets(said: &[String]) -> &'static str {
    if said.is_empty() { "Lets" } else { "lets" }
}

/// A role that may do nothing but write a trail's events to its group.
struct DeliveryRole {
    arn: Arn,
    writes: [Write; 2],
    needs: Vec<String>,
}

impl DeliveryRole {
    fn of(trail: &Arn, home: &str, group: &str, seen: Option<&Trail>, snapshot: &Snapshot) -> Self {
        let account = trail.account();
        // The console's own name for it. Role names have at most 64 characters.
        let wanted: String =
            format!("CloudTrailRoleForCloudWatchLogs_{}", trail.name()).chars().take(60).collect();
        let group = group.strip_suffix(":*").unwrap_or(group);
        let mut streams = vec![format!("{group}:log-stream:{account}_CloudTrail_{home}*")];
        let mut needs = Vec::new();
        if seen.is_some_and(|trail| trail.is_organization_trail) {
            let at = trail.target().map(|home| snapshot.at(&home));
            match at.and_then(|at| at.organization.seen()) {
                Some(organization) => {
                    streams.push(format!("{group}:log-stream:{}_*", organization.id));
                }
                None => {
                    streams.push(format!("{group}:log-stream:ORGANIZATION_ID_*"));
                    let id = "ORGANIZATION_ID: the organization's id, such as o-exampleorgid";
                    needs.push(id.to_owned());
                }
            }
        }
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": CLOUDTRAIL},
                "Action": "sts:AssumeRole",
            }],
        });
        let permissions = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": streams,
            }],
        });
        let (trust, permissions) = (trust.to_string(), permissions.to_string());
        let name = free_name(&wanted, |name| {
            let mut roles = snapshot.targets.values().flat_map(|seen| &seen.roles);
            roles.any(|(arn, role)| {
                arn.account() == account
                    && arn.name().eq_ignore_ascii_case(name)
                    && !matches!(role.role, Observed::Absent)
                    && !is_left(role, &trust, &permissions)
            })
        });
        let arn = Arn::of_role(trail.partition(), account, &name);
        let create = Write::CreateRole {
            role: arn.clone(),
            trust,
            permissions_boundary: None,
            tags: Tags::new(),
        };
        let permit = Write::PutRolePolicy {
            role: arn.clone(),
            policy: ROLE_POLICY.to_owned(),
            document: permissions,
        };
        Self { arn, writes: [create, permit], needs }
    }
}

/// The inline policy of a role that is made.
const ROLE_POLICY: &str = "write-log-group";

/// Whether it is the role that is wanted, left from a run that was ended, with or without its policy.
fn is_left(role: &Role, trust: &str, permissions: &str) -> bool {
    let (Some(detail), Some(policies)) = (role.role.seen(), role.inline_policies.seen()) else {
        return false;
    };
    let attached = role.attached_policies.seen();
    attached.is_some_and(BTreeMap::is_empty)
        && document(&detail.assume_role_policy_document) == document(trust)
        && policies.iter().all(|(name, text)| match text {
            // It is read before anything is planned on it.
            Observed::NotAsked => name == ROLE_POLICY,
            Observed::Seen(text) => name == ROLE_POLICY && document(text) == document(permissions),
            Observed::Absent | Observed::Denied { .. } | Observed::Failed { .. } => false,
        })
}

pub(super) fn put_selectors(arn: &Arn, snapshot: &Snapshot) -> Draft {
    let trail = find(snapshot, arn);
    let home = trail.map_or(arn.region(), |trail| trail.home_region.as_str());
    let Some(Observed::Seen(selectors)) = trail.map(|trail| &trail.selectors) else {
        return Draft::by_hand(format!(
            "The event selectors of trail {} were not read, and PutEventSelectors would replace \
             them: read them first (cloudtrail:GetEventSelectors), then let it record read-only and \
             write management events.",
            arn.name()
        ));
    };
    Draft::run(
        format!(
            "Lets trail {} record read-only and write management events; its other events stay.",
            arn.name()
        ),
        Write::PutEventSelectors {
            trail: arn.clone(),
            home_region: home.to_owned(),
            selectors: widened(selectors),
        },
    )
}

/// The selectors, taking every management event that a selector may take.
fn widened(selectors: &EventSelectors) -> EventSelectors {
    let mut wide = selectors.clone();
    if wide.advanced_event_selectors.is_empty() {
        widen_basic(&mut wide.event_selectors);
    } else {
        widen_advanced(&mut wide.advanced_event_selectors);
        wide.event_selectors.clear();
    }
    wide
}

/// `ReadWriteType` is about data events as well, so that a selector with `DataResources` stays as
/// it is as long as there is room for one of management events alone.
fn widen_basic(selectors: &mut Vec<EventSelector>) {
    let widen = |selector: &mut EventSelector| {
        selector.read_write_type = Some("All".to_owned());
        selector.include_management_events = Some(true);
    };
    let of_management = selectors.iter_mut().find(|selector| selector.data_resources.is_empty());
    if let Some(selector) = of_management {
        return widen(selector);
    }
    if selectors.len() < MOST_SELECTORS {
        let mut selector = EventSelector {
            // A source is left out of the trail only as long as every selector leaves it out.
            exclude_management_event_sources: excluded_by_all(selectors),
            ..EventSelector::default()
        };
        widen(&mut selector);
        return selectors.insert(0, selector);
    }
    if let Some(selector) = selectors.first_mut() {
        widen(selector);
    }
}

fn excluded_by_all(selectors: &[EventSelector]) -> Vec<String> {
    let mut taking =
        selectors.iter().filter(|selector| selector.include_management_events != Some(false));
    let Some(first) = taking.next() else {
        return Vec::new();
    };
    let mut excluded = first.exclude_management_event_sources.clone();
    for other in taking {
        excluded.retain(|source| other.exclude_management_event_sources.contains(source));
    }
    excluded
}

/// Widens the first selector of management events, or adds one. Sources that it leaves out stay
/// out, but for Secrets Manager.
fn widen_advanced(selectors: &mut Vec<AdvancedEventSelector>) {
    const SECRETS_MANAGER: &str = "secretsmanager.amazonaws.com";
    let of_management = selectors.iter_mut().find(|selector| {
        let mut fields = selector.field_selectors.iter();
        fields.any(|field| field.field == "eventCategory" && field.equals == ["Management"])
    });
    let Some(selector) = of_management else {
        let management = json!({
            "Name": "Management events",
            "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
        });
        selectors.extend(serde_json::from_value::<AdvancedEventSelector>(management).ok());
        return;
    };
    selector.field_selectors.retain_mut(|field| match field.field.as_str() {
        "eventCategory" => true,
        "eventSource" => {
            field.equals.clear();
            field.starts_with.clear();
            field.ends_with.clear();
            field.not_equals.retain(|source| source != SECRETS_MANAGER);
            field.not_starts_with.retain(|start| !SECRETS_MANAGER.starts_with(start.as_str()));
            field.not_ends_with.retain(|end| !SECRETS_MANAGER.ends_with(end.as_str()));
            !(field.not_equals.is_empty()
                && field.not_starts_with.is_empty()
                && field.not_ends_with.is_empty())
        }
        _ => false,
    });
}

pub(super) fn create(target: &Target, snapshot: &Snapshot) -> Draft {
    let (account, needs) = match target.account.is_known() {
        true => (target.account.to_string(), Vec::new()),
        false => {
            let need = "ACCOUNT_ID: the twelve digits of the account".to_owned();
            ("ACCOUNT_ID".to_owned(), vec![need])
        }
    };
    let region = &target.region;
    let partition = partition(region, snapshot);
    let seen = snapshot.at(target);
    // The name that the console gives to an account's first trail.
    let name = free_name("management-events", |name| {
        let mut trails = seen.trails.seen().into_iter().flat_map(|trails| trails.values());
        trails.any(|trail| trail.name == name)
    });
    let trail = Arn::of_trail(partition, region, &account, &name);
    // One that an earlier setup made for this very trail, and that holds its log files, says so.
    let is_of_trail = |bucket: &str| {
        let policy = seen.buckets.get(bucket).and_then(|seen| seen.policy.seen());
        let wanted = with_tls_only(bucket, bucket_policy(bucket, &trail));
        policy.is_some_and(|policy| document(policy) == document(&wanted))
    };
    let bucket = free_name(&format!("cloudtrail-logs-{account}-{region}"), |name| {
        let policy = seen.buckets.get(name).map(|bucket| &bucket.policy);
        let is_there = |policy: &Observed<String>| !policy.is_not_asked() && !is_no_bucket(policy);
        policy.is_some_and(is_there) && !is_of_trail(name)
    });
    let begin = [
        Write::CreateTrail { trail: trail.clone(), bucket: bucket.clone(), tags: Tags::new() },
        Write::StartLogging { trail: trail.clone(), home_region: region.to_string() },
    ];
    if is_of_trail(&bucket) {
        return Draft {
            says: format!(
                "Makes multi-Region trail {name}, which writes its log files into bucket {bucket}, \
                 left from an earlier one of this name, and starts it."
            ),
            writes: begin.into(),
            needs,
        };
    }
    let admit = Write::PutBucketPolicy {
        target: target.clone(),
        bucket: bucket.clone(),
        policy: bucket_policy(&bucket, &trail),
    };
    Draft {
        says: format!(
            "Makes bucket {bucket} and multi-Region trail {name}, which writes its log files there, \
             and starts it."
        ),
        writes: [Write::CreateBucket { target: target.clone(), bucket }, admit]
            .into_iter()
            .chain(begin)
            .collect(),
        needs,
    }
}

/// Lets this trail, and no other, write to its bucket.
fn bucket_policy(bucket: &str, trail: &Arn) -> String {
    let (partition, account) = (trail.partition(), trail.account());
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AWSCloudTrailAclCheck",
                "Effect": "Allow",
                "Principal": {"Service": CLOUDTRAIL},
                "Action": "s3:GetBucketAcl",
                "Resource": format!("arn:{partition}:s3:::{bucket}"),
                "Condition": {"StringEquals": {"aws:SourceArn": trail}},
            },
            {
                "Sid": "AWSCloudTrailWrite",
                "Effect": "Allow",
                "Principal": {"Service": CLOUDTRAIL},
                "Action": "s3:PutObject",
                "Resource": format!("arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*"),
                "Condition": {"StringEquals": {
                    "s3:x-amz-acl": "bucket-owner-full-control",
                    "aws:SourceArn": trail,
                }},
            },
        ],
    })
    .to_string()
}

fn partition<'a>(region: &Region, snapshot: &'a Snapshot) -> &'a str {
    match snapshot.caller.seen() {
        Some(caller) => caller.arn.partition(),
        None if region.as_str().starts_with("cn-") => "aws-cn",
        None if region.as_str().starts_with("us-gov-") => "aws-us-gov",
        None => "aws",
    }
}
