//! Three-valued logic with a reason on the two sides that need one.

use std::fmt;

/// What could not be settled when a policy was evaluated.
///
/// Its `Display` completes the sentence "unknown: … in statement 1".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The value of this condition key, and whether the request carries it at all, is not known.
    Key(String),
    /// A condition operator this evaluator does not model.
    Operator(String),
    /// A value in a condition that cannot be read as the type its operator compares.
    Value {
        /// The operator as the policy writes it, set prefix included.
        operator: String,
        /// The value that could not be read.
        value: String,
    },
    /// A policy variable, without `${}`, that has no single value.
    Variable(String),
    /// An entry of `Principal` or `NotPrincipal` whose cover AWS leaves open.
    Principal(String),
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Key(key) => write!(f, "condition key {key}"),
            Doubt::Operator(operator) => write!(f, "condition operator {operator}"),
            Doubt::Value { operator, value } => write!(f, "{operator} value \"{value}\""),
            Doubt::Variable(name) => write!(f, "policy variable ${{{name}}}"),
            Doubt::Principal(entry) => write!(f, "principal {entry}"),
        }
    }
}

/// Yes, no, or not to be told from what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown(Doubt),
}

impl Truth {
    /// `and` over all items: one certain no decides, whatever else is unknown.
    pub(super) fn all(items: impl IntoIterator<Item = Truth>) -> Truth {
        let mut doubt = None;
        for item in items {
            match item {
                Truth::Yes => {}
                Truth::No => return Truth::No,
                Truth::Unknown(found) => doubt = doubt.or(Some(found)),
            }
        }
        doubt.map_or(Truth::Yes, Truth::Unknown)
    }

    /// `or` over all items: one certain yes decides; over nothing the answer is no.
    pub(super) fn any(items: impl IntoIterator<Item = Truth>) -> Truth {
        let mut doubt = None;
        for item in items {
            match item {
                Truth::Yes => return Truth::Yes,
                Truth::No => {}
                Truth::Unknown(found) => doubt = doubt.or(Some(found)),
            }
        }
        doubt.map_or(Truth::No, Truth::Unknown)
    }

    /// The same doubt, or the opposite answer.
    pub(super) fn negated(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }

    /// The other answer when `condition` holds.
    pub(super) fn negated_if(self, condition: bool) -> Truth {
        if condition { self.negated() } else { self }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::Yes } else { Truth::No }
    }
}
