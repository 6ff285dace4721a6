//! A configuration for Terraform, with the provider hashicorp/aws.
//!
//! Each resource that the plan makes or changes is one block, whole, as the plan leaves it; one that
//! was there before is imported. What secmon does not read of it, such as tags, is left as it is by
//! `ignore_changes`: Terraform would take away what is set and not written.
//!
//! Edge case: Terraform brings every text into Unicode's form NFC, so that a name in another form
//! does not stay what it is.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>,
//! <https://developer.hashicorp.com/terraform/language/import>

use std::collections::{BTreeMap, BTreeSet};

use hcl::{Body, Hcl, Known, quoted};

use super::{ExportError, about, elsewhere, headline, one_line};
use crate::plan::{Change, Plan, Resource, Write};
use crate::snapshot::Region;

mod alarm;
mod blocks;
pub(super) mod hcl;
mod trail;

/// One resource of Terraform's, of which a resource of AWS may have several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Itself,
    Policy,
    InlinePolicy(&'a str),
    Alias,
    PublicAccess,
    Encryption,
    Lifecycle,
}

/// The changes that one resource of Terraform's stands for.
struct Piece<'a> {
    resource: &'a Resource,
    part: Part<'a>,
    /// Never empty.
    changes: Vec<&'a Change>,
    /// The first change of the resource, which tells what was there before the plan.
    first: &'a Change,
    /// The last change of the resource, whose result is the whole.
    last: &'a Change,
}

/// One resource of Terraform's.
struct Block {
    kind: &'static str,
    /// What it is called after.
    name: String,
    body: Body,
    /// The id to import it by, where it was there before.
    import: Option<String>,
    /// What is left as it is.
    ignore: Vec<&'static str>,
    /// What others may name: attribute and value.
    attributes: Vec<(&'static str, String)>,
}

/// A change that is told in a comment, and why.
struct Told<'a> {
    change: &'a Change,
    why: String,
}

pub(super) fn configuration(plan: &Plan) -> Result<String, ExportError> {
    let (pieces, mut told) = pieces(plan);
    let mut made = Vec::new();
    for piece in &pieces {
        match blocks::of(piece) {
            Ok(block) => made.push((piece, block)),
            Err(why) => told
                .extend(piece.changes.iter().map(|&change| Told { change, why: why.to_owned() })),
        }
    }
    let Some((first, _)) = made.first() else {
        return Err(ExportError::NothingForTerraform);
    };
    let home = made.iter().find_map(|(piece, _)| region(piece));
    let home = home.unwrap_or(&first.resource.target().region);
    let labels = labels(&made);
    let known = known(&made, &labels);

    let mut text = String::new();
    comment(&mut text, headline(plan));
    comment(
        &mut text,
        [
            "",
            "Read it first, and what `terraform plan` says.",
            "`terraform destroy` would take away all of it, what is imported as well.",
        ],
    );
    text.push('\n');
    text.push_str(&settings());
    text.push_str(&providers(plan, home, made.iter().filter_map(|(piece, _)| region(piece))));
    for ((piece, block), label) in made.iter().zip(&labels) {
        text.push('\n');
        let after = after(piece, &made, &labels);
        text.push_str(&resource(piece, block, label, (home, &known, &after)));
    }
    // In the plan's order again.
    told.sort_by_key(|told| plan.changes.iter().position(|change| change == told.change));
    for Told { change, why } in told {
        text.push('\n');
        let mut lines = about(change);
        lines.push(format!("Not done by Terraform, because {why}. As a command:"));
        lines.push(change.write.command().to_string());
        comment(&mut text, lines);
    }
    if !plan.by_hand.is_empty() {
        text.push('\n');
        comment(&mut text, ["By hand:"]);
        comment(&mut text, plan.by_hand.iter().map(|says| format!("- {}", one_line(says))));
    }
    Ok(text)
}

/// The changes by what Terraform makes of them, and those of which it makes nothing.
fn pieces(plan: &Plan) -> (Vec<Piece<'_>>, Vec<Told<'_>>) {
    let (mut pieces, mut told): (Vec<Piece<'_>>, Vec<Told<'_>>) = (Vec::new(), Vec::new());
    for change in &plan.changes {
        let parts = match (elsewhere(plan, change), part(&change.write)) {
            (Some(other), _) => Err(format!("it is in account {other}")),
            // The key has an alias, which is one more thing to Terraform.
            (None, Ok(Part::Alias)) => Ok(vec![Part::Itself, Part::Alias]),
            (None, part) => part.map(|part| vec![part]).map_err(str::to_owned),
        };
        let resource = &change.resource;
        let parts = match parts {
            Ok(parts) => parts,
            Err(why) => {
                told.push(Told { change, why });
                continue;
            }
        };
        for part in parts {
            let is = |piece: &&mut Piece<'_>| piece.resource == resource && piece.part == part;
            match pieces.iter_mut().find(is) {
                Some(piece) => piece.changes.push(change),
                None => {
                    let changes = vec![change];
                    pieces.push(Piece { resource, part, changes, first: change, last: change });
                }
            }
        }
    }
    for piece in &mut pieces {
        let is_of = |change: &&Change| change.resource == *piece.resource;
        piece.first = plan.changes.iter().find(is_of).unwrap_or(piece.first);
        piece.last = plan.changes.iter().rfind(is_of).unwrap_or(piece.last);
    }
    (pieces, told)
}

/// What a call is part of, or why it is none.
fn part(write: &Write) -> Result<Part<'_>, &'static str> {
    Ok(match write {
        Write::CreateSecret { .. }
        | Write::CreateLogGroup { .. }
        | Write::PutRetentionPolicy { .. }
        | Write::DeleteRetentionPolicy { .. }
        | Write::PutMetricFilter { .. }
        | Write::CreateRole { .. }
        | Write::UpdateAssumeRolePolicy { .. }
        | Write::CreateBucket { .. }
        | Write::PutBucketTagging { .. }
        | Write::CreateTrail { .. }
        | Write::UpdateTrail { .. }
        | Write::PutEventSelectors { .. }
        | Write::StartLogging { .. }
        | Write::StopLogging { .. }
        | Write::PutRule { .. }
        | Write::PutTargets { .. }
        | Write::CreateTopic { .. }
        | Write::Subscribe { .. }
        | Write::PutMetricAlarm { .. }
        | Write::PutCompositeAlarm { .. }
        | Write::EnableAlarmActions { .. }
        | Write::DisableAlarmActions { .. }
        | Write::PutDashboard { .. } => Part::Itself,
        Write::PutRolePolicy { policy, .. } => Part::InlinePolicy(policy),
        Write::PutBucketPolicy { .. } | Write::PutKeyPolicy { .. } => Part::Policy,
        Write::CreateKey { .. } => Part::Alias,
        Write::PutPublicAccessBlock { .. } => Part::PublicAccess,
        Write::PutBucketEncryption { .. } => Part::Encryption,
        Write::PutBucketLifecycleConfiguration { .. } => Part::Lifecycle,
        Write::SetTopicAttributes { attribute, .. } => match attribute.as_str() {
            "Policy" => Part::Policy,
            "KmsMasterKeyId" => Part::Itself,
            _ => return Err("secmon does not write this attribute for it"),
        },
        Write::SetSubscriptionAttributes { attribute, .. } => match attribute.as_str() {
            "FilterPolicy" => Part::Itself,
            _ => return Err("secmon does not write this attribute for it"),
        },
        Write::SetAlarmState { .. } => return Err("a state is no configuration"),
        Write::EnableKey { .. }
        | Write::DisableKey { .. }
        | Write::CancelKeyDeletion { .. }
        | Write::ScheduleKeyDeletion { .. } => {
            return Err("it would need the whole key in its hands, which secmon does not read");
        }
        Write::RestoreSecret { .. } => return Err("it has no such step"),
        Write::PutAlarmMuteRule { .. } | Write::DeleteAlarmMuteRule { .. } => {
            return Err("secmon writes no mute rules for it");
        }
        Write::DeleteSecret { .. }
        | Write::DeleteLogGroup { .. }
        | Write::DeleteMetricFilter { .. }
        | Write::DeleteRole { .. }
        | Write::DeleteRolePolicy { .. }
        | Write::DeleteBucket { .. }
        | Write::DeleteBucketPolicy { .. }
        | Write::DeleteTrail { .. }
        | Write::RemoveTargets { .. }
        | Write::DeleteTopic { .. }
        | Write::DeleteAlias { .. }
        | Write::Unsubscribe { .. }
        | Write::DeleteAlarms { .. }
        | Write::DeleteDashboards { .. } => {
            return Err("it takes away only what it made or imported");
        }
    })
}

/// The Region whose provider it needs; roles take any.
fn region<'a>(piece: &Piece<'a>) -> Option<&'a Region> {
    match piece.resource {
        Resource::Role { .. } => None,
        resource => Some(&resource.target().region),
    }
}

/// A label for each block, which no other block of its kind has.
fn labels(made: &[(&Piece<'_>, Block)]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut labels = Vec::new();
    for (_, block) in made {
        let letters = block.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
        let letters: String = letters.collect();
        let mut label = letters.trim_start_matches('_').to_owned();
        if !label.starts_with(|c: char| c.is_ascii_alphabetic()) {
            label.insert(0, '_');
        }
        let label =
            crate::plan::free_name(&label, |name| taken.contains(&(block.kind, name.to_owned())));
        taken.insert((block.kind, label.clone()));
        labels.push(label);
    }
    labels
}

fn known(made: &[(&Piece<'_>, Block)], labels: &[String]) -> Known {
    let mut known = BTreeMap::new();
    for ((_, block), label) in made.iter().zip(labels) {
        for (name, value) in &block.attributes {
            let expression = format!("{}.{label}.{name}", block.kind);
            known.insert((block.kind, *name, value.clone()), expression);
        }
    }
    known
}

/// What a trail waits for and names nowhere: the policies of its bucket and its role.
fn after(piece: &Piece<'_>, made: &[(&Piece<'_>, Block)], labels: &[String]) -> Vec<Hcl> {
    let Resource::Trail { .. } = piece.resource else { return Vec::new() };
    let after = piece.last.after.seen();
    let is_of = |other: &Piece<'_>| match (other.resource, &other.part) {
        (Resource::Bucket { name, .. }, Part::Policy) => {
            after.is_some_and(|trail| trail["S3BucketName"] == name.as_str())
        }
        (Resource::Role { role, .. }, Part::InlinePolicy(_)) => {
            after.is_some_and(|trail| trail["CloudWatchLogsRoleArn"] == role.as_str())
        }
        _ => false,
    };
    let blocks = made.iter().zip(labels).filter(|((other, _), _)| is_of(other));
    blocks.map(|((_, block), label)| Hcl::Expression(format!("{}.{label}", block.kind))).collect()
}

fn settings() -> String {
    let version = Hcl::Map(vec![
        ("source".to_owned(), Hcl::text("hashicorp/aws")),
        ("version".to_owned(), Hcl::text(">= 6.0")),
    ]);
    let mut required = Body::default();
    required.set("aws", version);
    let mut body = Body::default();
    // Import blocks came with 1.5.
    body.set("required_version", Hcl::text(">= 1.5")).block("required_providers", required);
    body.write("terraform", &Known::new(), 0)
}

fn providers<'a>(plan: &Plan, home: &Region, regions: impl Iterator<Item = &'a Region>) -> String {
    let others: BTreeSet<&Region> = regions.filter(|region| *region != home).collect();
    let mut text = String::new();
    for region in std::iter::once(home).chain(others) {
        let mut body = Body::default();
        if region != home {
            body.set("alias", Hcl::text(alias(region)));
        }
        body.set("region", Hcl::text(region));
        body.set("allowed_account_ids", Hcl::List(vec![Hcl::text(&plan.account)]));
        text.push('\n');
        text.push_str(&body.write("provider \"aws\"", &Known::new(), 0));
    }
    text
}

fn alias(region: &Region) -> String {
    region.as_str().replace('-', "_")
}

/// The block with what is said of it, and the one that imports it.
fn resource(
    piece: &Piece<'_>,
    block: &Block,
    label: &str,
    (home, known, after): (&Region, &Known, &[Hcl]),
) -> String {
    let mut text = String::new();
    for change in &piece.changes {
        comment(&mut text, about(change));
    }
    let address = format!("{}.{label}", block.kind);
    if let Some(id) = &block.import {
        let mut body = Body::default();
        body.set("to", Hcl::Expression(address)).set("id", Hcl::text(id));
        text.push_str(&body.write("import", known, 0));
        text.push('\n');
    }
    let mut body = Body::default();
    if let Some(region) = region(piece).filter(|region| *region != home) {
        body.set("provider", Hcl::Expression(format!("aws.{}", alias(region))));
    }
    body.append(&block.body);
    if !after.is_empty() {
        body.set("depends_on", Hcl::List(after.to_vec()));
    }
    if !block.ignore.is_empty() {
        let mut lifecycle = Body::default();
        let ignored = block.ignore.iter().map(|name| Hcl::Expression((*name).to_owned()));
        lifecycle.set("ignore_changes", Hcl::List(ignored.collect()));
        body.block("lifecycle", lifecycle);
    }
    let header = format!("resource {} {}", quoted(block.kind), quoted(label));
    text.push_str(&body.write(&header, known, 0));
    text
}

fn comment(text: &mut String, lines: impl IntoIterator<Item = impl AsRef<str>>) {
    for line in lines {
        text.push_str(format!("# {}", line.as_ref()).trim_end());
        text.push('\n');
    }
}
