//! IAM: roles and their inline policies.

use aws_sdk_iam::types::Tag;
use secmon_core::plan::Write;

use super::{WriteError, Writing};

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.iam();
    match write {
        Write::CreateRole { role, trust, permissions_boundary, tags } => {
            let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
            let tags =
                tags.collect::<Result<Vec<_>, _>>().map_err(|error| at.unbuildable(&error))?;
            let request = client
                .create_role()
                .role_name(role.name())
                .assume_role_policy_document(trust)
                .set_permissions_boundary(permissions_boundary.clone())
                .set_tags((!tags.is_empty()).then_some(tags));
            at.done(request.send().await)
        }
        Write::DeleteRole { role } => {
            at.done(client.delete_role().role_name(role.name()).send().await)
        }
        Write::UpdateAssumeRolePolicy { role, document } => at.done(
            client
                .update_assume_role_policy()
                .role_name(role.name())
                .policy_document(document)
                .send()
                .await,
        ),
        Write::PutRolePolicy { role, policy, document } => at.done(
            client
                .put_role_policy()
                .role_name(role.name())
                .policy_name(policy)
                .policy_document(document)
                .send()
                .await,
        ),
        Write::DeleteRolePolicy { role, policy } => {
            let request = client.delete_role_policy().role_name(role.name()).policy_name(policy);
            match request.send().await {
                // It is gone, or was never put.
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|it| it.is_no_such_entity_exception()) =>
                {
                    Ok(())
                }
                answer => at.done(answer),
            }
        }
        _ => Ok(()),
    }
}
