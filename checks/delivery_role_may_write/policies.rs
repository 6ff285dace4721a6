//! The policies of the role, as far as they could be read.

use secmon_core::finding::{Stop, Unseen, look};
use secmon_core::policy::PolicyDocument;
use secmon_core::snapshot::{Arn, Observed, Role};

/// The policies of a role.
pub(super) struct Policies {
    /// Inline and attached, by name.
    pub(super) documents: Vec<(String, PolicyDocument)>,
    /// The first that could not be read.
    pub(super) unseen: Option<Unseen>,
    attached: Vec<(Arn, String, PolicyDocument)>,
}

/// What bounds a role.
pub(super) enum Bounds<'a> {
    /// A policy with its name.
    Seen(&'a String, &'a PolicyDocument),
    /// A policy that was not read.
    Unseen(Unseen),
}

impl Policies {
    pub(super) fn of(arn: &Arn, role: &Role) -> Self {
        let mut policies = Self { documents: Vec::new(), unseen: None, attached: Vec::new() };
        let whose = |what: &str| format!("{what} of role {}", arn.name());
        let inline = look(&role.inline_policies, whose("the list of inline policies"));
        for (name, document) in policies.seen(inline).into_iter().flatten() {
            if let Some(document) = policies.read(document, whose(&format!("policy {name}"))) {
                policies.documents.push((name.clone(), document));
            }
        }
        let attached = look(&role.attached_policies, whose("the list of attached policies"));
        for (policy, attached) in policies.seen(attached).into_iter().flatten() {
            let what = whose(&format!("policy {}", policy.name()));
            // Without the version in force nobody could ask for its document.
            let version = look(&attached.default_version_id, what.clone());
            if attached.document.is_not_asked() && policies.seen(version).is_none() {
                continue;
            }
            if let Some(document) = policies.read(&attached.document, what) {
                let name = policy.name().to_owned();
                policies.attached.push((policy.clone(), name.clone(), document.clone()));
                policies.documents.push((name, document));
            }
        }
        policies
    }

    /// The policy with which the role is bounded. It is no permission, so it is read only where it
    /// is attached besides.
    pub(super) fn bounds(&self, boundary: &str) -> Bounds<'_> {
        let found = self.attached.iter().find(|(arn, ..)| arn.as_str() == boundary);
        match found {
            Some((_, name, document)) => Bounds::Seen(name, document),
            None => Bounds::Unseen(
                Unseen::because(
                    format!("the permissions boundary {boundary}"),
                    "secmon does not read permissions boundaries",
                )
                .hint("If it does not allow the role to write, no event reaches the log group."),
            ),
        }
    }

    fn read(&mut self, document: &Observed<String>, what: String) -> Option<PolicyDocument> {
        let text = self.seen(look(document, what.clone()))?;
        match PolicyDocument::parse(text) {
            Ok(document) => Some(document),
            Err(error) => {
                self.unseen.get_or_insert(Unseen::because(what, error.to_string()));
                None
            }
        }
    }

    /// The value; what could not be seen is noted, what does not exist grants and denies nothing.
    fn seen<'a, T>(&mut self, looked: Result<&'a T, Stop>) -> Option<&'a T> {
        match looked {
            Ok(value) => Some(value),
            Err(Stop::Skipped(_)) => None,
            Err(Stop::Unseen(unseen)) => {
                self.unseen.get_or_insert(unseen);
                None
            }
        }
    }
}
