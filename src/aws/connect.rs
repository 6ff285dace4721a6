//! Credentials, Regions and clients: who asks, and where.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use secmon_core::route::What;
use secmon_core::snapshot::{AccountId, Arn, Asked, Region, Target};
use tokio::time::Instant;

use crate::clients::Clients;
use crate::collect::Gate;
use crate::error::Trouble;
use crate::wire::Wire;
use credentials::{assume, attempt_timeout, load, with_first_credentials};

mod credentials;
#[cfg(test)]
mod tests;

/// What the user says about where and as whom to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// `--region`: the secret's Region. Default: as the AWS CLI finds it.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--endpoint-url`: one address for every service.
    pub endpoint_url: Option<String>,
    /// `--role-arn`: one role per account. The first is that of the secret's account.
    pub role_arns: Vec<String>,
    /// `--timeout`: how long one run may take.
    pub timeout: Duration,
    /// Keys to use instead of those that the AWS CLI would find. Then nothing of the environment and
    /// of the configuration files is used, and Region and address have to be given.
    pub keys: Option<Keys>,
}

/// An access key and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The id.
    pub access_key_id: String,
    /// What signs.
    pub secret_access_key: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            region: None,
            profile: None,
            endpoint_url: None,
            role_arns: Vec::new(),
            timeout: Duration::from_secs(60),
            keys: None,
        }
    }
}

/// Why nothing can be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// No credentials, or none that can be loaded.
    #[error(
        "no AWS credentials. Run `aws configure` or `aws sso login`, pass --profile, or set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n{reason}"
    )]
    NoCredentials {
        /// What the SDK says of it.
        reason: String,
    },
    /// Neither a flag, nor the environment, nor the profile, nor a secret's ARN names a Region.
    #[error("no AWS Region: pass --region, the Region of the secret, or set AWS_REGION")]
    NoRegion,
    /// A Region that cannot be one.
    #[error("{0}")]
    Region(String),
    /// `--role-arn` is no ARN of a role.
    #[error("`{0}` is no ARN of a role: arn:aws:iam::ACCOUNT:role/NAME")]
    RoleArn(String),
    /// Begins like an ARN but is none of a secret.
    #[error("`{0}` is no ARN of a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME")]
    SecretArn(String),
}

/// Credentials and clients, and what is asked about.
pub struct Session {
    pub(crate) asked: Vec<Asked>,
    pub(crate) timeout: Duration,
    pub(crate) wire: Wire,
    pub(crate) gate: Gate,
    base: SdkConfig,
    roles: Vec<(AccountId, SdkConfig)>,
    clients: Mutex<BTreeMap<(Who, Region), Arc<Clients>>>,
    base_account: Mutex<BaseAccount>,
    deadline: Mutex<Option<Instant>>,
}

/// Whose credentials a call is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Those of the profile or the environment.
    Base,
    /// Those of the role at this place of `--role-arn`.
    Role(usize),
}

/// The account of the base credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum BaseAccount {
    /// Nobody asked yet.
    #[default]
    NotAsked,
    /// AWS told.
    Known(AccountId),
    /// AWS did not tell; why.
    Untold(String),
}

impl Session {
    /// Loads credentials and finds out about which places the secrets ask. Without secrets, any
    /// secret of the connection's Region is asked about.
    pub async fn open(connection: &Connection, secrets: &[String]) -> Result<Self, ConnectError> {
        let deadline = Instant::now() + connection.timeout;
        let named =
            secrets.iter().map(|secret| secret_target(secret)).collect::<Result<Vec<_>, _>>()?;
        let roles = connection.role_arns.iter().map(|arn| role_arn(arn));
        let roles = roles.collect::<Result<Vec<_>, _>>()?;
        // A secret named by ARN tells its Region, but says nothing of one that is named by name.
        let all_tell = named.iter().all(Option::is_some);
        let told = named.iter().flatten().next().filter(|_| all_tell);
        let base = load(connection, told).await?;
        let home = base.region().map(|region| region.as_ref().parse::<Region>());
        let home = home.transpose().map_err(|error| ConnectError::Region(error.to_string()))?;
        let account = roles.first().map_or_else(AccountId::unknown, |(account, _)| account.clone());
        let at_home = || {
            let region = home.clone().ok_or(ConnectError::NoRegion)?;
            Ok(Target { account: account.clone(), region })
        };
        let mut asked = Vec::new();
        for (secret, target) in secrets.iter().zip(named) {
            let target = target.map_or_else(&at_home, Ok)?;
            let question = Asked { target, secret: Some(secret.clone()) };
            if !asked.contains(&question) {
                asked.push(question);
            }
        }
        if asked.is_empty() {
            asked.push(Asked { target: at_home()?, secret: None });
        }
        let base = with_first_credentials(base, connection.timeout).await?;
        let session = Self::assemble(base, roles, asked, connection.timeout).await;
        session.set_deadline(deadline);
        Ok(session)
    }

    /// A session of loaded settings; `asked` names one place at least.
    pub(crate) async fn assemble(
        base: SdkConfig,
        roles: Vec<(AccountId, String)>,
        asked: Vec<Asked>,
        timeout: Duration,
    ) -> Self {
        let mut assumed = Vec::new();
        for (account, arn) in roles {
            let region = asked.first().map(|asked| &asked.target.region);
            assumed.push((account, assume(&base, &arn, region).await));
        }
        Self {
            asked,
            timeout,
            wire: Wire::default(),
            gate: Gate::before(base.endpoint_url()),
            base,
            roles: assumed,
            clients: Mutex::default(),
            base_account: Mutex::default(),
            deadline: Mutex::default(),
        }
    }

    /// What is asked about. The account is `unknown` until AWS has told it.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// Whose credentials read the place where secrets live that were asked about by name.
    pub(crate) fn primary(&self) -> Who {
        if self.roles.is_empty() { Who::Base } else { Who::Role(0) }
    }

    /// When the current run's total time is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_deadline(&self, deadline: Instant) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadline);
    }

    /// Gives the next reads the whole time anew.
    pub fn renew(&self) {
        self.set_deadline(Instant::now() + self.timeout);
    }

    pub(crate) fn base_account(&self) -> BaseAccount {
        self.base_account.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_base_account(&self, account: BaseAccount) {
        *self.base_account.lock().unwrap_or_else(PoisonError::into_inner) = account;
    }

    /// Whose credentials make this call in this account; while nobody told the account of the base
    /// credentials, they are taken to be of the right one.
    pub(crate) fn who(&self, account: &AccountId, what: &What) -> Result<Who, Trouble> {
        if !account.is_known() {
            return Ok(self.primary());
        }
        if let Some(role) = self.roles.iter().position(|(of, _)| of == account) {
            return Ok(Who::Role(role));
        }
        match self.base_account() {
            BaseAccount::NotAsked => Ok(Who::Base),
            BaseAccount::Known(base) if base == *account => Ok(Who::Base),
            // A resource policy may admit other accounts to what is named by ARN.
            _ if names_an_arn(what) => Ok(self.primary()),
            BaseAccount::Known(_) => Err(Trouble::failed(format!(
                "account {account} cannot be read with these credentials: pass --role-arn \
                 ROLE_IN_THAT_ACCOUNT"
            ))),
            BaseAccount::Untold(why) => Err(Trouble::failed(format!(
                "it is not known whether these credentials are of account {account} ({why}): pass \
                 --role-arn ROLE_IN_THAT_ACCOUNT"
            ))),
        }
    }

    /// Whose credentials are known to be of an account.
    pub(crate) fn writer_of(&self, account: &AccountId) -> Option<Who> {
        if let Some(role) = self.roles.iter().position(|(of, _)| of == account) {
            return Some(Who::Role(role));
        }
        (self.base_account() == BaseAccount::Known(account.clone())).then_some(Who::Base)
    }

    pub(crate) fn clients(&self, who: Who, region: &Region) -> Arc<Clients> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = clients.entry((who, region.clone())).or_insert_with(|| {
            let config = match who {
                Who::Role(role) => self.roles.get(role).map_or(&self.base, |(_, config)| config),
                Who::Base => &self.base,
            };
            let region = aws_config::Region::new(region.as_str().to_owned());
            let config = config.to_builder().region(region).build();
            Arc::new(Clients::new(config, self.wire.clone()))
        });
        Arc::clone(made)
    }

    /// How long one attempt of a call waits.
    pub(crate) fn patience(&self) -> Duration {
        attempt_timeout(self.timeout)
    }
}

fn names_an_arn(what: &What) -> bool {
    match what {
        What::GetTopicAttributes { .. }
        | What::ListSubscriptionsByTopic { .. }
        | What::GetSubscriptionAttributes { .. }
        | What::DescribeTrail { .. }
        | What::GetTrailStatus { .. }
        | What::GetEventSelectors { .. } => true,
        What::DescribeKey { key } => key.starts_with("arn:"),
        What::GetKeyPolicy { key_id, .. } | What::ListGrants { key_id, .. } => {
            key_id.starts_with("arn:")
        }
        _ => false,
    }
}

/// Where a secret that is named by ARN lives; `None` for a name.
fn secret_target(secret: &str) -> Result<Option<Target>, ConnectError> {
    if !secret.starts_with("arn:") {
        return Ok(None);
    }
    let arn = secret.parse::<Arn>().ok().filter(|arn| arn.service() == "secretsmanager");
    match arn.and_then(|arn| arn.target()) {
        Some(target) => Ok(Some(target)),
        None => Err(ConnectError::SecretArn(secret.to_owned())),
    }
}

fn role_arn(text: &str) -> Result<(AccountId, String), ConnectError> {
    let arn = text.parse::<Arn>().ok();
    let arn = arn.filter(|arn| arn.service() == "iam" && arn.resource().starts_with("role/"));
    match arn.and_then(|arn| arn.account().parse::<AccountId>().ok()) {
        Some(account) if account.is_known() => Ok((account, text.to_owned())),
        _ => Err(ConnectError::RoleArn(text.to_owned())),
    }
}
