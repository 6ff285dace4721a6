//! How credentials are found and settings made of them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpClient;
use secmon_core::snapshot::{Region, Target};

use super::{ConnectError, Connection, Keys};
use crate::error::credentials_reason;

#[cfg(test)]
mod tests;

pub(super) fn attempt_timeout(total: Duration) -> Duration {
    (total / 3).clamp(Duration::from_millis(500), Duration::from_secs(15)).min(total)
}

pub(super) async fn load(
    connection: &Connection,
    named: Option<&Target>,
) -> Result<SdkConfig, ConnectError> {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let attempt = attempt_timeout(connection.timeout);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(attempt.min(Duration::from_secs(5)))
        .operation_attempt_timeout(attempt)
        .operation_timeout(connection.timeout)
        .build();
    let retries = RetryConfig::adaptive().with_max_attempts(3);
    if let Some(keys) = &connection.keys {
        return Ok(sealed(connection, keys, http, retries, timeouts));
    }
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(retries)
        .timeout_config(timeouts);
    if let Ok(name) = AppName::new("secmon") {
        loader = loader.app_name(name);
    }
    // Looking for a default Region can mean asking the instance metadata service: not needed where
    // a secret's ARN tells it.
    let told = connection.region.clone().or_else(|| named.map(|target| target.region.to_string()));
    if let Some(region) = told {
        let region: Region =
            region.parse().map_err(|error| ConnectError::Region(format!("--region: {error}")))?;
        loader = loader.region(aws_config::Region::new(region.to_string()));
    }
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &connection.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let slow = |_| ConnectError::NoCredentials {
        reason: format!("no answer within {} s", connection.timeout.as_secs()),
    };
    let config = tokio::time::timeout(connection.timeout, loader.load()).await.map_err(slow)?;
    let Some(profile) = &connection.profile else {
        return Ok(config);
    };
    // The SDK's chain asks the environment first and the instance last. A profile that is named
    // means that profile and no other account, as with the AWS CLI.
    let settings = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_http_client(http);
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&settings)
        .profile_name(profile)
        .build();
    Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build())
}

/// Settings that come from the caller alone.
fn sealed(
    connection: &Connection,
    keys: &Keys,
    http: impl HttpClient + 'static,
    retries: RetryConfig,
    timeouts: TimeoutConfig,
) -> SdkConfig {
    let Keys { access_key_id, secret_access_key } = keys;
    let credentials =
        Credentials::new(access_key_id, secret_access_key, None, None, "given by the caller");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retries)
        .timeout_config(timeouts)
        .time_source(SystemTimeSource::new())
        .region(connection.region.clone().map(aws_config::Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    config.set_app_name(AppName::new("secmon").ok());
    config.set_sleep_impl(default_async_sleep());
    config.set_endpoint_url(connection.endpoint_url.clone());
    config.build()
}

/// Loads the credentials once, so that having none is known before anything is asked, and hands
/// them to the first call, so that a credential process or single sign-on is not asked twice.
pub(super) async fn with_first_credentials(
    config: SdkConfig,
    timeout: Duration,
) -> Result<SdkConfig, ConnectError> {
    let none = |reason: String| ConnectError::NoCredentials { reason };
    let provider = config.credentials_provider().ok_or_else(|| none("none configured".into()))?;
    let loaded = tokio::time::timeout(timeout, provider.provide_credentials())
        .await
        .map_err(|_| none(format!("no answer within {} s", timeout.as_secs())))?
        .map_err(|error| none(why_none(&error)))?;
    let first = FirstThen { first: Mutex::new(Some(loaded)), then: provider };
    Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(first)).build())
}

fn why_none(error: &CredentialsError) -> String {
    let reason = credentials_reason(error);
    let plain = match reason.as_str() {
        "no providers in chain provided credentials" => {
            "none in the environment, in the profile or on the instance"
        }
        "the credential provider was not enabled" => "the profile holds none",
        _ => return reason,
    };
    plain.to_owned()
}

#[derive(Debug)]
struct FirstThen {
    first: Mutex<Option<Credentials>>,
    then: SharedCredentialsProvider,
}

impl FirstThen {
    async fn next(&self) -> provider::Result {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(credentials) => Ok(credentials),
            None => self.then.provide_credentials().await,
        }
    }
}

impl ProvideCredentials for FirstThen {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.next())
    }
}

pub(super) async fn assume(base: &SdkConfig, role: &str, region: Option<&Region>) -> SdkConfig {
    let mut builder = AssumeRoleProvider::builder(role).configure(base).session_name("secmon");
    if let Some(region) = region {
        builder = builder.region(aws_config::Region::new(region.as_str().to_owned()));
    }
    let provider = SharedCredentialsProvider::new(builder.build().await);
    base.to_builder().credentials_provider(provider).build()
}
