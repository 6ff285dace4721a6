//! BatchGetSecretValue, and the events that it leaves for each secret.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::list::filters;
use super::{BATCH_BY_FILTERS, Located, invalid, invalid_token};

/// One read of a batch, as its own GetSecretValue event tells it (captured 2026-09-24,
/// cloudtrail-secretsmanager-batch.json).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::world) struct SecretRead {
    /// `requestParameters.secretId`: as the caller typed it.
    pub(in crate::world) secret_id: String,
    /// `errorCode` and `errorMessage`.
    pub(in crate::world) error: Option<(String, String)>,
}

/// The most secrets of one answer.
const MOST: usize = 20;

impl World {
    pub(super) fn batch_get_secret_value(&mut self, call: &Call) -> Result<Value, ApiError> {
        let ids: Vec<String> =
            Deserialize::deserialize(&call.params["SecretIdList"]).unwrap_or_default();
        let by_filters = filters(call)?;
        if ids.is_empty() == by_filters.is_empty() {
            return Err(invalid(
                "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
            ));
        }
        let size = call.params["MaxResults"].as_u64();
        if size.is_some() && by_filters.is_empty() {
            return Err(invalid(
                "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
            ));
        }
        let (wanted, next) = if by_filters.is_empty() {
            (ids, None)
        } else {
            let found = self.secrets_that(call, &by_filters).into_iter();
            let found = found.filter(|stored| stored.secret.deleted_date.is_none());
            let arns = found.map(|stored| stored.secret.arn.to_string()).collect();
            let size = size.map_or(MOST, |size| size as usize);
            page(arns, size, call.text("NextToken")).ok_or_else(invalid_token)?
        };
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for id in wanted {
            match self.read_of_batch(call, &id) {
                Ok(value) => values.push(value),
                Err(error) => errors.push(json!({
                    "SecretId": id,
                    "ErrorCode": error.name,
                    "Message": error.message,
                })),
            }
        }
        Ok(json!({ "SecretValues": values, "Errors": errors, "NextToken": next }))
    }

    fn read_of_batch(&mut self, call: &Call, id: &str) -> Result<Value, ApiError> {
        let located: Located = self.locate_secret(id, &call.target)?;
        self.admit_to_secret(call, &located, "GetSecretValue")?;
        self.read_current_secret(call, &located)
    }

    /// The reads behind a BatchGetSecretValue, each of which has an event of its own besides the
    /// batch's. None for any other call, or where the batch itself was refused.
    pub(in crate::world) fn batch_events(
        &mut self,
        call: &Call,
        answer: &Result<Value, ApiError>,
    ) -> Vec<SecretRead> {
        let Ok(answer) = answer else { return Vec::new() };
        if call.operation != "BatchGetSecretValue" {
            return Vec::new();
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let errors = list(&answer["Errors"]);
        let error_of = |id: &str| {
            let error = errors.iter().find(|error| error["SecretId"] == id)?;
            let code = text(&error["ErrorCode"]);
            // The audit says AccessDenied where the wire says AccessDeniedException.
            let code =
                if code == "AccessDeniedException" { "AccessDenied".to_owned() } else { code };
            Some((code, text(&error["Message"])))
        };
        let typed = list(&call.params["SecretIdList"]);
        if !typed.is_empty() {
            let read = |id: &Value| {
                let secret_id = text(id);
                SecretRead { error: error_of(&secret_id), secret_id }
            };
            return typed.iter().map(read).collect();
        }
        let values = list(&answer["SecretValues"]);
        if values.is_empty() && errors.is_empty() {
            return Vec::new();
        }
        let by_name = self.hypotheses.consult(&BATCH_BY_FILTERS) == "name";
        let read = values.iter().map(|value| {
            let member = if by_name { "Name" } else { "ARN" };
            SecretRead { secret_id: text(&value[member]), error: None }
        });
        let failed = errors.iter().map(|error| {
            let arn = text(&error["SecretId"]);
            let named = self.locate_secret(&arn, &call.target).ok().filter(|_| by_name);
            let secret_id = named.map_or_else(|| arn.clone(), |located| located.name);
            SecretRead { error: error_of(&arn), secret_id }
        });
        read.chain(failed).collect()
    }
}
