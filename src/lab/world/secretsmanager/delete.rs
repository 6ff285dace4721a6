//! Deleting secrets and taking it back.

use jiff::SignedDuration;
use secmon_core::snapshot::Arn;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::{invalid, named, not_a_copy};

impl World {
    pub(super) fn delete_secret(&mut self, call: &Call) -> Result<Value, ApiError> {
        let force = call.params["ForceDeleteWithoutRecovery"].as_bool().unwrap_or(false);
        let days = call.params["RecoveryWindowInDays"].as_i64();
        if force && days.is_some() {
            return Err(invalid(
                "You can't use ForceDeleteWithoutRecovery in conjunction with \
                 RecoveryWindowInDays.",
            ));
        }
        let days = days.unwrap_or(30);
        if !(7..=30).contains(&days) {
            return Err(invalid(
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
            ));
        }
        let now = self.now;
        if force {
            return self.delete_secret_at_once(call);
        }
        let located = self.changed_secret(call)?;
        self.not_replicated(&located)?;
        let end = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
        let stored = self.stored_secret_mut(&located)?;
        // "The date and time the deletion of the secret occurred", not the end of the window
        // (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html>).
        stored.secret.deleted_date = Some(now);
        stored.gone_at = Some(end);
        let mut answer = named(stored);
        answer["DeletionDate"] = json!(end);
        Ok(answer)
    }

    /// A secret that does not exist is no error here, for the sake of those who try again
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>).
    fn delete_secret_at_once(&mut self, call: &Call) -> Result<Value, ApiError> {
        let mut answer = match self.called_secret(call) {
            Ok(located) => {
                not_a_copy(self.stored_secret(&located)?)?;
                self.not_replicated(&located)?;
                let secrets = &mut self.place_mut(&located.target).secretsmanager.secrets;
                secrets.remove(&located.name).as_ref().map_or(json!({}), named)
            }
            Err(error) if error.name == "ResourceNotFoundException" => {
                let name = call.text("SecretId").unwrap_or_default();
                let letters = self.next_letters(6);
                let resource = format!("secret:{name}-{letters}");
                let arn = Arn::of_resource("secretsmanager", &call.target, &resource);
                json!({ "ARN": arn, "Name": name })
            }
            Err(error) => return Err(error),
        };
        answer["DeletionDate"] = json!(self.now);
        Ok(answer)
    }

    pub(super) fn restore_secret(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_secret(call)?;
        let stored = self.stored_secret_mut(&located)?;
        stored.secret.deleted_date = None;
        stored.gone_at = None;
        Ok(named(stored))
    }
}
