//! Secrets Manager. No code here asks for the value of a secret, and the only one it writes is that of
//! the well-known tutorial, which is public.

use aws_sdk_secretsmanager::types::Tag;
use secmon_core::plan::{SECRET_DESCRIPTION, Write};

use super::{WriteError, Writing};
use crate::error::Named;

const DESCRIBE_SECRET: Named =
    Named { name: "DescribeSecret", action: "secretsmanager:DescribeSecret" };

/// Key and value of the tutorial's secret.
const DEMONSTRATION: &str = r#"{"The Secret is":"I need 3 coffees a day to function"}"#;

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.secretsmanager();
    match write {
        Write::CreateSecret { secret, tags } => {
            let tag = |(key, value)| Tag::builder().key(key).value(value).build();
            let tags: Vec<Tag> = tags.iter().map(tag).collect();
            let request = client
                .create_secret()
                .name(secret.name())
                .description(SECRET_DESCRIPTION)
                .secret_string(DEMONSTRATION)
                .set_tags((!tags.is_empty()).then_some(tags));
            at.done(request.send().await)
        }
        Write::RestoreSecret { secret } => {
            at.done(client.restore_secret().secret_id(secret.as_str()).send().await)
        }
        Write::DeleteSecret { secret, recovery_window_in_days } => {
            // One that was made is named without the six characters at its end, and another may have
            // taken its name.
            let request = client.describe_secret().secret_id(secret.as_str());
            let there = at.calling(DESCRIBE_SECRET).answered(request.send().await)?;
            if there.arn() != Some(secret.as_str())
                && there.description() != Some(SECRET_DESCRIPTION)
            {
                let says = format!("secret {} is not the one that was made", secret.name());
                return Err(WriteError::failed(says));
            }
            let request = client.delete_secret().secret_id(secret.as_str());
            let request = request.recovery_window_in_days(*recovery_window_in_days);
            at.done(request.send().await)
        }
        _ => Ok(()),
    }
}
