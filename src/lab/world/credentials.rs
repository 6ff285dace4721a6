//! Whose keys are whose.

use secmon_core::snapshot::{AccountId, Arn};

use super::World;

impl World {
    /// The account of keys that name no other: the first one.
    pub fn default_account(&self) -> AccountId {
        let first = self.accounts.keys().next().cloned();
        first.or_else(|| "123456789012".parse().ok()).unwrap_or_else(AccountId::unknown)
    }

    /// Who signs with a key. `AKIA` or `ASIA` and twelve digits name an account; any other key
    /// belongs to the first.
    pub fn caller(&self, access_key_id: &str) -> Option<(AccountId, Arn)> {
        let rest = ["AKIA", "ASIA"].iter().find_map(|prefix| access_key_id.strip_prefix(prefix));
        let named = rest.and_then(|rest| rest.get(..12)?.parse().ok());
        let account = named.unwrap_or_else(|| self.default_account());
        let arn = format!("arn:aws:iam::{account}:user/lab").parse().ok()?;
        Some((account, arn))
    }
}
