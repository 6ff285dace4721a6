//! What became of one read.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The result of one read of AWS.
///
/// A denied read or an API error never becomes an empty list: whoever judges must say what it does
/// with each case. A listing of which one page failed is [`Observed::Failed`].
///
/// In a file, a seen value is `{"seen": …}` and everything else is one string, so that a
/// merge-patch can turn one into the other:
///
/// ```
/// # use secmon_core::snapshot::Observed;
/// # fn main() -> Result<(), serde_json::Error> {
/// let denied: Observed<u8> = serde_json::from_str(r#""denied: kms:GetKeyPolicy""#)?;
/// assert_eq!(denied, Observed::Denied { action: "kms:GetKeyPolicy".to_owned() });
/// assert_eq!(serde_json::to_string(&Observed::Seen(3))?, r#"{"seen":3}"#);
/// assert_eq!(serde_json::to_string(&Observed::<u8>::NotAsked)?, r#""not asked""#);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Observed<T> {
    /// AWS answered.
    Seen(T),
    /// AWS answered that there is no such thing.
    Absent,
    /// The credentials may not make this call.
    Denied {
        /// The IAM action that is missing, such as `kms:GetKeyPolicy`.
        action: String,
    },
    /// The call failed, or part of a listing did.
    Failed {
        /// What went wrong, in AWS's words where it said any.
        reason: String,
    },
    /// Nobody asked.
    #[default]
    NotAsked,
}

impl<T> Observed<T> {
    /// The value, if AWS gave one.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(value) => Some(value),
            _ => None,
        }
    }

    /// The value to change, if AWS gave one.
    pub fn seen_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Seen(value) => Some(value),
            _ => None,
        }
    }

    /// Whether nobody asked yet.
    pub fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }

    /// The same result, holding a reference.
    pub fn as_ref(&self) -> Observed<&T> {
        match self {
            Self::Seen(value) => Observed::Seen(value),
            Self::Absent => Observed::Absent,
            Self::Denied { action } => Observed::Denied { action: action.clone() },
            Self::Failed { reason } => Observed::Failed { reason: reason.clone() },
            Self::NotAsked => Observed::NotAsked,
        }
    }

    /// The same result with another value in it.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Seen(value) => Observed::Seen(f(value)),
            Self::Absent => Observed::Absent,
            Self::Denied { action } => Observed::Denied { action },
            Self::Failed { reason } => Observed::Failed { reason },
            Self::NotAsked => Observed::NotAsked,
        }
    }
}

impl<T> Observed<Observed<T>> {
    /// What was found out about what was found.
    pub fn flatten(self) -> Observed<T> {
        match self {
            Self::Seen(inner) => inner,
            Self::Absent => Observed::Absent,
            Self::Denied { action } => Observed::Denied { action },
            Self::Failed { reason } => Observed::Failed { reason },
            Self::NotAsked => Observed::NotAsked,
        }
    }
}

impl<T: Serialize> Serialize for Observed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Seen(value) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("seen", value)?;
                map.end()
            }
            Self::Absent => serializer.serialize_str("absent"),
            Self::Denied { action } => serializer.collect_str(&format_args!("denied: {action}")),
            Self::Failed { reason } => serializer.collect_str(&format_args!("failed: {reason}")),
            Self::NotAsked => serializer.serialize_str("not asked"),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Observed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObservedVisitor(std::marker::PhantomData))
    }
}

struct ObservedVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObservedVisitor<T> {
    type Value = Observed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "{\"seen\": …}, \"absent\", \"denied: ACTION\", \"failed: REASON\" or \"not asked\"",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if let Some(action) = text.strip_prefix("denied: ") {
            return Ok(Observed::Denied { action: action.to_owned() });
        }
        if let Some(reason) = text.strip_prefix("failed: ") {
            return Ok(Observed::Failed { reason: reason.to_owned() });
        }
        match text {
            "absent" => Ok(Observed::Absent),
            "not asked" => Ok(Observed::NotAsked),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(de::Error::invalid_length(0, &self));
        };
        if key != "seen" {
            return Err(de::Error::unknown_field(&key, &["seen"]));
        }
        let value = map.next_value()?;
        match map.next_key::<String>()? {
            None => Ok(Observed::Seen(value)),
            Some(extra) => Err(de::Error::unknown_field(&extra, &["seen"])),
        }
    }
}
