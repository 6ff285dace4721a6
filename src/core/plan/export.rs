//! A plan in the words of other tools: a shell script, Terraform, CloudFormation.
//!
//! ```
//! use secmon_core::plan::{Change, Export, PLAN_VERSION, Plan, Write, export};
//! use secmon_core::snapshot::Snapshot;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let before = Snapshot::healthy();
//! let trail = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail".parse()?;
//! let write = Write::StartLogging { trail, home_region: "eu-west-1".to_owned() };
//! let mut after = before.clone();
//! write.apply_to(&mut after);
//! let change = Change::of(write, "Starts trail audit-trail.".to_owned(), &before, &after);
//! let plan = Plan {
//!     version: PLAN_VERSION,
//!     account: "123456789012".parse()?,
//!     taken_at: before.taken_at,
//!     asked: before.asked.clone(),
//!     before: Vec::new(),
//!     after: Vec::new(),
//!     changes: change.into_iter().collect(),
//!     by_hand: Vec::new(),
//! };
//! let script = export(&plan, Export::Cli)?;
//! assert!(script.starts_with("#!/bin/sh\n"));
//! assert!(export(&plan, Export::Cloudformation).is_err(), "the plan makes nothing");
//! # Ok(()) }
//! ```
//!
//! Edge cases: a change in another account than the plan's is never run; it is told in a comment.
//! What a form cannot express is told there as well, with the command that does it.

use std::fmt;
use std::str::FromStr;

use super::{Change, Consent, Plan, Resource, steers_terminal};
use crate::snapshot::AccountId;

mod cli;
mod cloudformation;
mod terraform;
#[cfg(test)]
mod tests;

/// What a plan is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// A POSIX shell script that calls the AWS CLI, version 2.
    Cli,
    /// HCL for the provider hashicorp/aws, version 6 and later.
    Terraform,
    /// A template, as JSON, for a new stack.
    Cloudformation,
}

impl Export {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cli, Self::Terraform, Self::Cloudformation];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Terraform => "terraform",
            Self::Cloudformation => "cloudformation",
        }
    }
}

impl fmt::Display for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Export {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|form| form.name() == text).ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("`{text}` is none of {all}")
        })
    }
}

/// Why a plan is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Nothing would keep it from changing another account.
    #[error("the plan does not say which account it is for")]
    UnknownAccount,
    /// It has no changes.
    #[error("the plan changes nothing")]
    NoChanges,
    /// No change of it can be a resource of a configuration.
    #[error(
        "nothing that this plan changes can be written for Terraform; write it as a script (cli)"
    )]
    NothingForTerraform,
    /// A new stack cannot change what is there already.
    #[error(
        "this plan makes nothing that a new stack could hold, and a stack cannot change what is \
         there already; write it as a script (cli) or for Terraform (terraform)"
    )]
    NothingForCloudformation,
}

/// The plan as a file for another tool.
///
/// No secret's value is in it: a plan holds none.
pub fn export(plan: &Plan, form: Export) -> Result<String, ExportError> {
    if !plan.account.is_known() {
        return Err(ExportError::UnknownAccount);
    }
    if plan.changes.is_empty() {
        return Err(ExportError::NoChanges);
    }
    match form {
        Export::Cli => Ok(cli::script(plan)),
        Export::Terraform => terraform::configuration(plan),
        Export::Cloudformation => cloudformation::template(plan),
    }
}

/// What the plan is for, in lines without line breaks.
fn headline(plan: &Plan) -> Vec<String> {
    let mut lines =
        vec![format!("Written by secmon for account {}, seen {}.", plan.account, plan.taken_at)];
    for (asked, (before, after)) in plan.asked.iter().zip(plan.before.iter().zip(&plan.after)) {
        let secret = asked.label();
        lines.push(one_line(&format!(
            "Is somebody told when {secret} is read ({})? Before: {before}. After: {after}.",
            asked.target
        )));
    }
    lines
}

/// What a change does, what is to be known of it, and what must be agreed to, in lines without line
/// breaks.
fn about(change: &Change) -> Vec<String> {
    let mut lines = vec![one_line(&change.says)];
    lines.extend(change.notes.iter().map(|note| one_line(&format!("Note: {note}"))));
    if !change.asks.is_empty() {
        let consent = |asks: &Consent| format!("{asks} ({})", asks.means());
        let asks: Vec<String> = change.asks.iter().map(consent).collect();
        lines.push(format!("Agree first: {}.", asks.join(", ")));
    }
    lines
}

/// The account that a change belongs to, where it is not the plan's.
fn elsewhere<'a>(plan: &Plan, change: &'a Change) -> Option<&'a AccountId> {
    let account = &change.resource.target().account;
    (account.is_known() && *account != plan.account).then_some(account)
}

/// Text for a comment: nothing in it ends the line or steers a terminal.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        match steers_terminal(c) || matches!(c, '\u{2028}' | '\u{2029}') {
            true => line.extend(c.escape_unicode()),
            false => line.push(c),
        }
    }
    line
}

/// The changes of each resource, in the order in which the plan comes to them.
fn by_resource<'a>(
    changes: impl Iterator<Item = &'a Change>,
) -> Vec<(&'a Resource, Vec<&'a Change>)> {
    let mut groups: Vec<(&Resource, Vec<&Change>)> = Vec::new();
    for change in changes {
        match groups.iter_mut().find(|(resource, _)| *resource == &change.resource) {
            Some((_, changes)) => changes.push(change),
            None => groups.push((&change.resource, vec![change])),
        }
    }
    groups
}
