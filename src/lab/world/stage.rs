//! A world to make calls in.

use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::Target;
use serde_json::{Value, json};

use super::{ApiError, Call, Caller, Service, Settings, World};

/// The account of the tests, as in the captures.
pub(super) const ACCOUNT: &str = "000000000000";

/// A world with one caller in one account and Region.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) target: Target,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::at("2026-09-23T03:24:32.743Z")
    }

    pub(super) fn at(now: &str) -> Self {
        let now: Timestamp = now.parse().unwrap();
        let target = Target::try_from(format!("{ACCOUNT}/us-east-1")).unwrap();
        Self { world: World::new(now, Settings::default()), target }
    }

    /// An empty world, with the account and the Region of `Snapshot::healthy()`.
    pub(super) fn example() -> Self {
        Self::at("2026-01-05T10:12:30Z").moved("123456789012/eu-west-1")
    }

    /// The same world, where the caller is in another account and Region.
    pub(super) fn moved(self, target: &str) -> Self {
        Self { target: Target::try_from(target.to_owned()).unwrap(), ..self }
    }

    /// A call of somebody in an account.
    pub(super) fn call_of(
        &mut self,
        account: &str,
        service: Service,
        operation: &str,
        params: Value,
    ) -> Result<Value, ApiError> {
        let call = self.made_call(account, service, operation, params);
        self.world.call(&call)
    }

    /// The call that [`Stage::call_of`] makes.
    pub(super) fn made_call(
        &self,
        account: &str,
        service: Service,
        operation: &str,
        params: Value,
    ) -> Call {
        Call {
            service,
            operation: operation.to_owned(),
            target: Target {
                account: account.parse().unwrap(),
                region: self.target.region.clone(),
            },
            caller: Caller {
                arn: format!("arn:aws:iam::{account}:user/alice").parse().unwrap(),
                access_key_id: "AKIAEXAMPLE".to_owned(),
                source_ip: "203.0.113.7".to_owned(),
                user_agent: "aws-cli/2.36".to_owned(),
            },
            params,
        }
    }

    pub(super) fn try_call(
        &mut self,
        service: Service,
        operation: &str,
        params: Value,
    ) -> Result<Value, ApiError> {
        self.call_of(&self.target.account.to_string(), service, operation, params)
    }

    pub(super) fn call(&mut self, service: Service, operation: &str, params: Value) -> Value {
        self.try_call(service, operation, params)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// The name and the message of the error that a call must give.
    pub(super) fn refusal(
        &mut self,
        service: Service,
        operation: &str,
        params: Value,
    ) -> (String, String) {
        match self.try_call(service, operation, params) {
            Ok(answer) => panic!("{operation}: {answer}"),
            Err(ApiError { name, message, .. }) => (name, message),
        }
    }

    pub(super) fn pass(&mut self, seconds: i64) {
        self.world.advance(SignedDuration::from_secs(seconds));
    }

    /// Every state must read back the same.
    pub(super) fn saved_and_loaded(&mut self) {
        let text = serde_json::to_string(&self.world).unwrap();
        let read: World = serde_json::from_str(&text).unwrap();
        assert_eq!(read, self.world);
        self.world = read;
    }

    /// An ARN in the stage's account and Region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{resource}", self.target.region)
    }

    /// A key whose policy admits nobody but the account and, where given, one more statement.
    pub(super) fn key(&mut self, statement: Option<Value>) -> String {
        let mut statements = vec![json!({
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
            "Action": "kms:*",
            "Resource": "*",
        })];
        statements.extend(statement);
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let made = self.call(Service::Kms, "CreateKey", json!({"Policy": policy}));
        made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }
}
