//! Secrets Manager. No code here writes or asks for the value of a secret.

use secmon_core::plan::Write;

use super::{WriteError, Writing};

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.secretsmanager();
    match write {
        Write::RestoreSecret { secret } => {
            at.done(client.restore_secret().secret_id(secret.as_str()).send().await)
        }
        Write::DeleteSecret { secret, recovery_window_in_days } => at.done(
            client
                .delete_secret()
                .secret_id(secret.as_str())
                .recovery_window_in_days(*recovery_window_in_days)
                .send()
                .await,
        ),
        _ => Ok(()),
    }
}
