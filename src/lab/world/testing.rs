//! A world in which the services' tests make their calls.

use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::Target;
use serde_json::Value;

use super::call::{ApiError, Call, Caller, Service};
use super::{Settings, World};

/// A world, and somebody who calls.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) world: World,
    pub(super) target: Target,
    pub(super) caller: String,
}

impl Lab {
    /// An empty world in which a user of account 123456789012 calls in eu-west-1.
    pub(super) fn new() -> Self {
        let now: Timestamp = "2026-01-05T10:12:30Z".parse().unwrap();
        Self {
            world: World::new(now, Settings::default()),
            target: Target::try_from("123456789012/eu-west-1".to_owned()).unwrap(),
            caller: "arn:aws:iam::123456789012:user/lab".to_owned(),
        }
    }

    /// The same world seen from another account or Region.
    pub(super) fn elsewhere(self, target: &str, caller: &str) -> Self {
        let target = Target::try_from(target.to_owned()).unwrap();
        Self { target, caller: caller.to_owned(), ..self }
    }

    /// Makes a call.
    pub(super) fn ask(
        &mut self,
        service: Service,
        operation: &str,
        params: Value,
    ) -> Result<Value, ApiError> {
        let call = self.call(service, operation, params);
        self.world.call(&call)
    }

    /// The call that [`Lab::ask`] makes.
    pub(super) fn call(&self, service: Service, operation: &str, params: Value) -> Call {
        Call {
            service,
            operation: operation.to_owned(),
            target: self.target.clone(),
            caller: Caller {
                arn: self.caller.parse().unwrap(),
                access_key_id: "AKIA123456789012LABX".to_owned(),
                source_ip: "192.0.2.1".to_owned(),
                user_agent: "aws-cli/2.36.28".to_owned(),
            },
            params,
        }
    }

    /// The code and message of a call that must fail.
    pub(super) fn refused(
        &mut self,
        service: Service,
        operation: &str,
        params: Value,
    ) -> (String, String) {
        let error = self.ask(service, operation, params).unwrap_err();
        (error.name, error.message)
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.world.advance(SignedDuration::from_secs(seconds));
    }

    /// The world after it was written down and read again.
    pub(super) fn reloaded(&self) -> World {
        let text = serde_json::to_string(&self.world).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}
