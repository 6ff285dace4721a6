//! SNS text messages: what an account may send to phones in a Region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Observed;

/// What is known of text messages; asked only where a phone number is subscribed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// `GetSMSSandboxAccountStatus`: in the sandbox, only verified numbers get anything.
    #[serde(default, rename = "IsInSandbox", skip_serializing_if = "Observed::is_not_asked")]
    pub is_in_sandbox: Observed<bool>,
    /// `ListSMSSandboxPhoneNumbers`: `Verified` or `Pending` by number; asked in the sandbox only.
    #[serde(default, rename = "PhoneNumbers", skip_serializing_if = "Observed::is_not_asked")]
    pub phone_numbers: Observed<BTreeMap<String, String>>,
    /// `CheckIfPhoneNumberIsOptedOut`, by number.
    #[serde(default, rename = "isOptedOut", skip_serializing_if = "BTreeMap::is_empty")]
    pub is_opted_out: BTreeMap<String, Observed<bool>>,
    /// `GetSMSAttributes`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub attributes: Observed<SmsAttributes>,
}

/// The settings of text messages.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SmsAttributes {
    /// US dollars a month; absent: AWS's default of 1.
    pub monthly_spend_limit: Option<String>,
}

impl Sms {
    /// Nothing was asked.
    pub(super) const NOTHING: Self = Self {
        is_in_sandbox: Observed::NotAsked,
        phone_numbers: Observed::NotAsked,
        is_opted_out: BTreeMap::new(),
        attributes: Observed::NotAsked,
    };

    /// Whether nothing was asked.
    pub fn is_not_asked(&self) -> bool {
        *self == Self::NOTHING
    }
}
