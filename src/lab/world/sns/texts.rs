//! Text messages: who gets them, and the settings as the API shows them.

use secmon_core::snapshot::Target;
use serde_json::{Value, json};

use super::invalid;
use crate::world::World;
use crate::world::call::{ApiError, Call};
use crate::world::page::page;

impl World {
    /// Whether a number gets the texts of an account: in the sandbox verified numbers only, never
    /// one whose owner opted out, and nothing where nothing may be spent
    /// (<https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html>).
    pub(super) fn phone_gets_texts(&self, target: &Target, number: &str) -> bool {
        let sms = &self.place(target).sns.sms;
        let verified = sms.numbers.get(number).is_some_and(|status| status == "Verified");
        (verified || !sms.in_sandbox) && !sms.opted_out.contains(number)
    }

    pub(super) fn text_message_settings(&self, call: &Call) -> Result<Value, ApiError> {
        let sms = &self.place(&call.target).sns.sms;
        match call.operation.as_str() {
            "GetSMSSandboxAccountStatus" => Ok(json!({ "IsInSandbox": sms.in_sandbox })),
            "GetSMSAttributes" => Ok(json!({ "attributes": sms.attributes })),
            "CheckIfPhoneNumberIsOptedOut" => {
                let number = call.text("phoneNumber").unwrap_or_default();
                Ok(json!({ "isOptedOut": sms.opted_out.contains(number) }))
            }
            "ListSMSSandboxPhoneNumbers" => {
                let shown = |(number, status): (&String, &String)| json!({ "PhoneNumber": number, "Status": status });
                let numbers: Vec<Value> = sms.numbers.iter().map(shown).collect();
                let (numbers, next) = page(numbers, 100, call.text("NextToken"))
                    .ok_or_else(|| invalid("NextToken"))?;
                Ok(json!({ "PhoneNumbers": numbers, "NextToken": next }))
            }
            _ => Err(ApiError::not_served(call)),
        }
    }
}
