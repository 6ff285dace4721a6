//! Names that AWS gives to things: accounts, Regions, ARNs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that is not what it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Account ids have twelve digits.
    #[error("`{0}` is no AWS account id: twelve digits, or `unknown`")]
    Account(String),
    /// Regions look like `eu-west-1`.
    #[error("`{0}` is no AWS Region, such as eu-west-1")]
    Region(String),
    /// Targets look like `123456789012/eu-west-1`.
    #[error("`{0}` is no target: ACCOUNT/REGION, such as 123456789012/eu-west-1")]
    Target(String),
    /// ARNs have six parts.
    #[error("`{0}` is no ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")]
    Arn(String),
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $valid:expr, $error:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err($error(text)) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }
    };
}

text_id!(
    /// Twelve digits, or `unknown` where AWS did not say whose credentials these are.
    AccountId,
    |text| text == "unknown" || (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())),
    IdError::Account
);
text_id!(
    /// A Region, such as `eu-west-1`.
    Region,
    |text| {
        text.len() >= 6
            && text.len() <= 32
            && text.contains('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    },
    IdError::Region
);
text_id!(
    /// An Amazon Resource Name.
    ///
    /// ```
    /// # use secmon_core::snapshot::Arn;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let arn: Arn = "arn:aws:sns:eu-west-1:123456789012:security-alerts".parse()?;
    /// assert_eq!((arn.service(), arn.region(), arn.account()), ("sns", "eu-west-1", "123456789012"));
    /// assert_eq!(arn.resource(), "security-alerts");
    /// # Ok(()) }
    /// ```
    Arn,
    |text| text.starts_with("arn:") && text.splitn(6, ':').count() == 6,
    IdError::Arn
);

impl AccountId {
    /// Stands for the account while AWS has not told it.
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// Whether AWS has told the account.
    pub fn is_known(&self) -> bool {
        self.0 != "unknown"
    }
}

impl Arn {
    /// The ARN that an alarm of this name would have.
    pub(crate) fn of_alarm(target: &Target, name: &str) -> Self {
        Self(format!("arn:aws:cloudwatch:{}:{}:alarm:{name}", target.region, target.account))
    }

    /// The ARN that a role of this name would have.
    pub(crate) fn of_role(partition: &str, account: &str, name: &str) -> Self {
        Self(format!("arn:{partition}:iam::{account}:role/{name}"))
    }

    /// The ARN that a trail of this name would have; of the account, a placeholder may do.
    pub(crate) fn of_trail(partition: &str, region: &Region, account: &str, name: &str) -> Self {
        Self(format!("arn:{partition}:cloudtrail:{region}:{account}:trail/{name}"))
    }

    /// The ARN of a resource of a service in a Region, in the partition that the Region is in.
    ///
    /// ```
    /// # use secmon_core::snapshot::{Arn, Target};
    /// # fn main() -> Result<(), secmon_core::snapshot::IdError> {
    /// let target = Target::try_from("123456789012/eu-west-1".to_owned())?;
    /// let topic = Arn::of_resource("sns", &target, "security-alerts");
    /// assert_eq!(topic.as_str(), "arn:aws:sns:eu-west-1:123456789012:security-alerts");
    /// # Ok(()) }
    /// ```
    pub fn of_resource(service: &str, target: &Target, resource: &str) -> Self {
        let Target { account, region } = target;
        let partition = match region.as_str() {
            china if china.starts_with("cn-") => "aws-cn",
            government if government.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        Self(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service, such as `sns`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The Region; empty for global services.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account id; empty where ARNs of the service carry none.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// All after the account, such as `log-group:trail:*`.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// The account and Region it points to, if it names both.
    pub fn target(&self) -> Option<Target> {
        Some(Target { account: self.account().parse().ok()?, region: self.region().parse().ok()? })
    }

    /// The last part of the resource: the name people know it by.
    ///
    /// ```
    /// # use secmon_core::snapshot::Arn;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let name = |text: &str| text.parse::<Arn>().map(|arn| arn.name().to_owned());
    /// assert_eq!(name("arn:aws:cloudtrail:eu-west-1:123456789012:trail/org-trail")?, "org-trail");
    /// assert_eq!(name("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/trail:*")?, "/aws/trail");
    /// assert_eq!(name("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:read: a/b")?, "read: a/b");
    /// assert_eq!(name("arn:aws:iam::123456789012:role/service-role/trail")?, "trail");
    /// # Ok(()) }
    /// ```
    pub fn name(&self) -> &str {
        let resource = self.resource();
        match self.service() {
            "logs" => {
                let name = resource.strip_prefix("log-group:").unwrap_or(resource);
                name.strip_suffix(":*").unwrap_or(name)
            }
            "cloudwatch" => {
                let kinds = ["alarm:", "alarm-mute-rule:"];
                kinds.iter().find_map(|kind| resource.strip_prefix(kind)).unwrap_or(resource)
            }
            "secretsmanager" => resource.strip_prefix("secret:").unwrap_or(resource),
            "iam" => resource.rsplit('/').next().unwrap_or(resource),
            "cloudtrail" => resource.strip_prefix("trail/").unwrap_or(resource),
            "events" => resource.strip_prefix("rule/").unwrap_or(resource),
            _ => resource,
        }
    }
}

/// Where a resource lives: one account in one Region. Written `123456789012/eu-west-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
}

impl Target {
    /// Stands for a place that no ARN names.
    pub(crate) fn nowhere() -> Self {
        Self { account: AccountId::unknown(), region: Region("unknown-region".to_owned()) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl TryFrom<String> for Target {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        let Some((account, region)) = text.split_once('/') else {
            return Err(IdError::Target(text));
        };
        Ok(Self { account: account.parse()?, region: region.parse()? })
    }
}
