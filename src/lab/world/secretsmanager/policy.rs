//! Resource policies of secrets.

use secmon_core::policy::PolicyDocument;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::iam::is_public;
use super::{named, not_deleted};

impl World {
    pub(super) fn get_secret_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_secret(call)?;
        let stored = self.stored_secret(&located)?;
        not_deleted(stored)?;
        let mut answer = named(stored);
        answer["ResourcePolicy"] = json!(stored.policy);
        Ok(answer)
    }

    pub(super) fn put_secret_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let text = call.text("ResourcePolicy").unwrap_or_default().to_owned();
        let document = PolicyDocument::parse(&text).map_err(|error| {
            let message = format!("This resource policy contains an error: {error}");
            ApiError::new("MalformedPolicyDocumentException", message)
        })?;
        let block = call.params["BlockPublicPolicy"].as_bool().unwrap_or(false);
        if block && is_public(document.json()) {
            return Err(ApiError::new(
                "PublicPolicyException",
                "The resource policy grants broad access to the secret.",
            ));
        }
        let stored = self.stored_secret_mut(&located)?;
        stored.policy = Some(text);
        let answer = named(stored);
        self.sync_replicas(&located);
        Ok(answer)
    }

    pub(super) fn delete_secret_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let stored = self.stored_secret_mut(&located)?;
        stored.policy = None;
        let answer = named(stored);
        self.sync_replicas(&located);
        Ok(answer)
    }
}
