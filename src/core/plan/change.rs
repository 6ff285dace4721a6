//! A plan: changes in order, each with what there is before and after it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::owner::{Owner, owner};
use super::{Resource, Undo, Write};
use crate::report::Verdict;
use crate::route::Read;
use crate::snapshot::{AccountId, Asked, Observed, Snapshot};

/// The version of a plan's file format.
pub const PLAN_VERSION: u32 = 1;

/// What people may not want without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// It costs money.
    Cost,
    /// Somebody gets mail.
    Mail,
    /// Somebody may do more than before, or less is encrypted.
    Widen,
    /// Something is made that was not there.
    Create,
    /// A stack or another tool owns it, and will want it as it was.
    Drift,
    /// Somebody switched it off.
    Resume,
}

impl Consent {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Cost, Self::Mail, Self::Widen, Self::Create, Self::Drift, Self::Resume];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Mail => "mail",
            Self::Widen => "widen",
            Self::Create => "create",
            Self::Drift => "drift",
            Self::Resume => "resume",
        }
    }

    /// What it means, in a few words.
    pub fn means(self) -> &'static str {
        match self {
            Self::Cost => "costs money",
            Self::Mail => "sends mail",
            Self::Widen => "permits more",
            Self::Create => "makes something",
            Self::Drift => "a stack or another tool owns it",
            Self::Resume => "somebody switched it off",
        }
    }
}

impl fmt::Display for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Consent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|consent| consent.name() == text).ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("`{text}` is none of {all}")
        })
    }
}

/// One call, and what it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What it does, in a sentence.
    pub says: String,
    /// The checks that want it.
    pub checks: Vec<String>,
    /// What it changes.
    pub resource: Resource,
    /// The call.
    pub write: Write,
    /// What must be agreed to; none: it is safe.
    pub asks: BTreeSet<Consent>,
    /// What it costs, who switched it off, and what else is to be known.
    pub notes: Vec<String>,
    /// The resource's configuration before it.
    pub before: Observed<Value>,
    /// And after it.
    pub after: Observed<Value>,
    /// What takes it back.
    pub undo: Undo,
}

impl Change {
    /// A call in an account that is seen like this.
    pub fn of(write: Write, says: String, before: &Snapshot, after: &Snapshot) -> Option<Self> {
        let resource = write.resource()?;
        Some(Self {
            says,
            checks: Vec::new(),
            asks: write.asks(before),
            notes: write.cost(before).into_iter().collect(),
            before: resource.configuration(before),
            after: resource.configuration(after),
            undo: write.undo(before),
            resource,
            write,
        })
    }

    /// Asks for [`Consent::Drift`] where somebody else looks after the resource in an account that
    /// is seen like this; gives what has to be read to know it.
    pub(super) fn note_owner(&mut self, snapshot: &Snapshot) -> Option<Read> {
        match owner(&self.resource, snapshot) {
            Owner::Nobody => None,
            Owner::Unread(read) => Some(read),
            Owner::Somebody(says) => {
                self.asks.insert(Consent::Drift);
                self.notes.push(says);
                None
            }
        }
    }

    /// The fields that differ: name, before, after.
    pub fn fields(&self) -> Vec<(String, Option<Value>, Option<Value>)> {
        let mut fields = Vec::new();
        differences(
            "",
            self.before.seen().unwrap_or(&Value::Null),
            self.after.seen().unwrap_or(&Value::Null),
            &mut fields,
        );
        fields
    }
}

fn differences(
    path: &str,
    before: &Value,
    after: &Value,
    fields: &mut Vec<(String, Option<Value>, Option<Value>)>,
) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        let some = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        fields.push((path.to_owned(), some(before), some(after)));
        return;
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let get = |of: &serde_json::Map<String, Value>| of.get(name).cloned().unwrap_or_default();
        differences(&path, &get(old), &get(new), fields);
    }
}

/// What is to be done, complete: nothing is decided when it is applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The account that it changes.
    pub account: AccountId,
    /// When that was seen.
    pub taken_at: Timestamp,
    /// What was asked about.
    pub asked: Vec<Asked>,
    /// The verdict before, for each thing asked about.
    pub before: Vec<Verdict>,
    /// The verdict that is expected after it.
    pub after: Vec<Verdict>,
    /// In order.
    pub changes: Vec<Change>,
    /// What only a human can do, before or after.
    pub by_hand: Vec<String>,
}

impl Plan {
    /// What must be agreed to.
    pub fn asks(&self) -> BTreeSet<Consent> {
        self.changes.iter().flat_map(|change| change.asks.iter().copied()).collect()
    }

    /// The worst verdict before it.
    pub fn verdict_before(&self) -> Verdict {
        self.before.iter().copied().max().unwrap_or(Verdict::CannotTell)
    }

    /// Reads a plan; damage is an error that names the place.
    pub fn from_json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let Versioned { version } =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        if version != u64::from(PLAN_VERSION) {
            return Err(format!(
                "plan version {version} is not version {PLAN_VERSION}, the one this secmon reads"
            ));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The plan as indented JSON.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
