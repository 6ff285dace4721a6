//! KMS: the keys of topics and groups.

use secmon_core::plan::Write;

use super::{WriteError, Writing};

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.kms();
    match write {
        Write::CancelKeyDeletion { key, .. } => {
            at.done(client.cancel_key_deletion().key_id(key).send().await)
        }
        Write::ScheduleKeyDeletion { key, pending_window_in_days, .. } => at.done(
            client
                .schedule_key_deletion()
                .key_id(key)
                .pending_window_in_days(*pending_window_in_days)
                .send()
                .await,
        ),
        Write::EnableKey { key, .. } => at.done(client.enable_key().key_id(key).send().await),
        Write::DisableKey { key, .. } => at.done(client.disable_key().key_id(key).send().await),
        Write::PutKeyPolicy { key, policy, .. } => at.done(
            client.put_key_policy().key_id(key).policy_name("default").policy(policy).send().await,
        ),
        _ => Ok(()),
    }
}
