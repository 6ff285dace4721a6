//! STS: who calls, and temporary credentials.

use jiff::SignedDuration;
use secmon_core::policy::{PolicyDocument, evaluate};
use secmon_core::snapshot::{AccountId, Arn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};
use super::iam::{Session, caller_request, id_of};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRole {
    role_arn: String,
    role_session_name: String,
    duration_seconds: Option<i64>,
    external_id: Option<String>,
    source_identity: Option<String>,
}

impl World {
    /// The account of those who do not say which.
    pub fn default_account(&self) -> Option<AccountId> {
        self.accounts.keys().next().cloned()
    }

    /// Who an access key is: a session that the world gave out, else a user `lab` of the account
    /// whose twelve digits follow `AKIA` or `ASIA`, else of the [default](Self::default_account).
    /// `None`: the session has expired, or there is no account.
    pub fn caller(&self, access_key_id: &str) -> Option<(AccountId, Arn)> {
        for account in self.accounts.values() {
            if let Some(session) = account.iam.sessions.get(access_key_id) {
                let account = session.arn.account().parse().ok()?;
                return (session.expires > self.now).then(|| (account, session.arn.clone()));
            }
        }
        let digits = ["AKIA", "ASIA"].iter().find_map(|prefix| {
            access_key_id.strip_prefix(prefix)?.get(..12)?.parse::<AccountId>().ok()
        });
        let account = digits.or_else(|| self.default_account())?;
        let arn = format!("arn:aws:iam::{account}:user/lab").parse().ok()?;
        Some((account, arn))
    }

    pub(super) fn sts(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "GetCallerIdentity" => Ok(json!({
                "UserId": self.user_id(&call.caller.arn),
                "Account": call.target.account,
                "Arn": call.caller.arn,
            })),
            "AssumeRole" => self.assume_role(call),
            "GetSessionToken" => {
                let seconds = call.params["DurationSeconds"].as_i64().unwrap_or(43_200);
                let (account, arn) = (call.target.account.clone(), call.caller.arn.clone());
                Ok(json!({ "Credentials": self.new_session(&account, arn, seconds) }))
            }
            _ => Err(ApiError::not_served(call)),
        }
    }

    /// A missing role, a trust policy that keeps the caller out: AWS tells neither from the other.
    fn assume_role(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: AssumeRole = call.input()?;
        let denied = || {
            ApiError::new(
                "AccessDeniedException",
                format!(
                    "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                    call.caller.arn, input.role_arn
                ),
            )
        };
        let arn: Arn = input.role_arn.parse().map_err(|_| {
            ApiError::new("ValidationException", format!("{} is invalid", input.role_arn))
        })?;
        let account: AccountId = arn.account().parse().map_err(|_| denied())?;
        let iam = self.account(&account).map(|account| &account.iam).ok_or_else(denied)?;
        let role = iam.roles.get(arn.name()).filter(|role| role.detail.arn == arn);
        let role = role.ok_or_else(denied)?;
        let trust = PolicyDocument::parse(&role.detail.assume_role_policy_document)
            .map_err(|_| denied())?;
        let mut request = caller_request(call, "sts:AssumeRole", arn.as_str())
            .with("sts:RoleSessionName", input.role_session_name.as_str())
            .without("aws:MultiFactorAuthPresent")
            .without("aws:MultiFactorAuthAge");
        request = match &input.external_id {
            Some(id) => request.with("sts:ExternalId", id.as_str()),
            None => request.without("sts:ExternalId"),
        };
        if !evaluate(&[("", &trust)], &request).is_allowed() {
            return Err(denied());
        }
        let seconds = input.duration_seconds.unwrap_or(3_600);
        if seconds > role.longest_session {
            return Err(ApiError::new(
                "ValidationException",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        let name = &input.role_session_name;
        let id = format!("{}:{name}", role.id);
        let session =
            format!("arn:{}:sts::{account}:assumed-role/{}/{name}", arn.partition(), arn.name());
        let session: Arn = session.parse().map_err(|_| denied())?;
        Ok(json!({
            "Credentials": self.new_session(&account, session.clone(), seconds),
            "AssumedRoleUser": { "AssumedRoleId": id, "Arn": session },
            "SourceIdentity": input.source_identity,
        }))
    }

    fn new_session(&mut self, account: &AccountId, arn: Arn, seconds: i64) -> Value {
        let key = format!("ASIA{account}{}", self.next_letters(4).to_uppercase());
        let lifetime = SignedDuration::from_secs(seconds);
        let expires = self.now.checked_add(lifetime).unwrap_or(self.now);
        let (secret, token) = (self.next_letters(40), self.next_letters(200));
        let sessions = &mut self.account_mut(account).iam.sessions;
        sessions.insert(key.clone(), Session { arn, expires });
        json!({
            "AccessKeyId": key,
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": expires,
        })
    }

    /// The unique id of a caller: of a role session the role's with the session's name, of root
    /// the account, of a user letters that are his alone.
    fn user_id(&self, caller: &Arn) -> String {
        let resource = caller.resource();
        if resource == "root" {
            return caller.account().to_owned();
        }
        if let Some(session) = resource.strip_prefix("assumed-role/")
            && let Some((role, name)) = session.split_once('/')
        {
            let account = caller.account().parse::<AccountId>().ok();
            let account = account.and_then(|account| self.account(&account));
            let known = account.and_then(|account| account.iam.roles.get(role));
            let id = known.map_or_else(|| id_of("AROA", role), |role| role.id.clone());
            return format!("{id}:{name}");
        }
        id_of("AIDA", caller.name())
    }
}
