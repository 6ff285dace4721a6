//! Copies of secrets in other Regions.

use secmon_core::snapshot::{Arn, Region, ReplicationStatus, Secret, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::{Located, StoredSecret, invalid};

/// A Region to copy a secret to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplicaRegion {
    region: Region,
    kms_key_id: Option<String>,
}

impl World {
    pub(super) fn replicate_secret_to_regions(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let regions = Deserialize::deserialize(&call.params["AddReplicaRegions"])
            .map_err(|error: serde_json::Error| invalid(error.to_string()))?;
        let force = call.params["ForceOverwriteReplicaSecret"].as_bool().unwrap_or(false);
        self.add_replicas(&located, regions, force)?;
        self.replication_answer(&located)
    }

    pub(super) fn remove_regions_from_replication(
        &mut self,
        call: &Call,
    ) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let regions: Vec<Region> =
            Deserialize::deserialize(&call.params["RemoveReplicaRegions"])
                .map_err(|error: serde_json::Error| invalid(error.to_string()))?;
        for region in regions {
            let status = &self.stored_secret(&located)?.secret.replication_status;
            let Some(known) = status.iter().find(|known| known.region == *region.as_str()) else {
                continue;
            };
            // Where the copy could not be made, what is there is somebody else's.
            let ours = known.status.as_deref() != Some("Failed");
            let stored = self.stored_secret_mut(&located)?;
            stored.secret.replication_status.retain(|known| known.region != *region.as_str());
            if stored.secret.replication_status.is_empty() {
                stored.secret.primary_region = None;
            }
            if ours {
                let copy = located.copy_in(&region);
                self.place_mut(&copy.target).secretsmanager.secrets.remove(&copy.name);
            }
        }
        self.replication_answer(&located)
    }

    fn replication_answer(&self, located: &Located) -> Result<Value, ApiError> {
        let arn = &self.stored_secret(located)?.secret.arn;
        Ok(json!({ "ARN": arn, "ReplicationStatus": self.replication_status(located) }))
    }

    pub(super) fn add_replicas(
        &mut self,
        located: &Located,
        regions: Vec<ReplicaRegion>,
        force: bool,
    ) -> Result<(), ApiError> {
        for ReplicaRegion { region, kms_key_id } in regions {
            if region == located.target.region {
                return Err(invalid("Invalid replica region."));
            }
            let copy = located.copy_in(&region);
            let taken = self.stored_secret(&copy).is_ok() && !force;
            let stored = self.stored_secret_mut(located)?;
            let status = if taken { "Failed" } else { "InSync" };
            stored.secret.primary_region = Some(located.target.region.to_string());
            stored.secret.replication_status.retain(|known| known.region != *region.as_str());
            stored.secret.replication_status.push(ReplicationStatus {
                region: region.to_string(),
                status: Some(status.to_owned()),
            });
            if taken {
                continue;
            }
            // The copy's ARN is the original's in the other Region, letters and all.
            let arn: Arn =
                Arn::of_resource("secretsmanager", &copy.target, stored.secret.arn.resource());
            let secret = Secret {
                arn,
                kms_key_id,
                last_accessed_date: None,
                replication_status: Vec::new(),
                ..stored.secret.clone()
            };
            let copied = StoredSecret::new(secret, stored.created);
            let secrets = &mut self.place_mut(&copy.target).secretsmanager.secrets;
            secrets.insert(copy.name.clone(), copied);
        }
        self.sync_replicas(located);
        Ok(())
    }

    /// Brings a secret's copies up to date. The resource policy goes with it
    /// (<https://github.com/lgallard/terraform-aws-secrets-manager/issues/188>).
    pub(super) fn sync_replicas(&mut self, located: &Located) {
        let Ok(original) = self.stored_secret(located).cloned() else { return };
        for status in &original.secret.replication_status {
            if status.status.as_deref() == Some("Failed") {
                continue;
            }
            let Ok(region) = status.region.parse::<Region>() else { continue };
            let Ok(copy) = self.stored_secret_mut(&located.copy_in(&region)) else { continue };
            let key = copy.secret.kms_key_id.clone();
            let mut versions = original.versions.clone();
            for (id, version) in &mut versions {
                version.key.clone_from(&key);
                version.accessed = copy.versions.get(id).and_then(|old| old.accessed);
            }
            copy.versions = versions;
            copy.description.clone_from(&original.description);
            copy.policy.clone_from(&original.policy);
            copy.tags.clone_from(&original.tags);
            copy.changed = original.changed;
        }
    }

    /// `ReplicationStatus` as the operations answer it.
    pub(super) fn replication_status(&self, located: &Located) -> Value {
        let Ok(stored) = self.stored_secret(located) else { return Value::Null };
        let items = stored.secret.replication_status.iter().map(|status| {
            let copy = status.region.parse::<Region>().ok().map(|region| located.copy_in(&region));
            let copy = copy.and_then(|copy| self.stored_secret(&copy).ok());
            let failed = status.status.as_deref() == Some("Failed");
            let message = match failed {
                true => format!(
                    "Replication failed: Secret name {} already exists in region {}.",
                    located.name, status.region
                ),
                false => "Replication succeeded".to_owned(),
            };
            let key = copy.and_then(|copy| copy.secret.kms_key_id.as_deref());
            json!({
                "Region": status.region,
                "KmsKeyId": key.unwrap_or("alias/aws/secretsmanager"),
                "Status": status.status,
                "StatusMessage": message,
                "LastAccessedDate": copy.and_then(|copy| copy.secret.last_accessed_date),
            })
        });
        let items: Vec<Value> = items.collect();
        if items.is_empty() { Value::Null } else { Value::Array(items) }
    }

    /// The text is reported in <https://github.com/gruntwork-io/cloud-nuke/issues/435>.
    pub(super) fn not_replicated(&self, located: &Located) -> Result<(), ApiError> {
        let secret = &self.stored_secret(located)?.secret;
        let regions: Vec<&str> =
            secret.replication_status.iter().map(|status| status.region.as_str()).collect();
        match regions.is_empty() {
            true => Ok(()),
            false => Err(invalid(format!(
                "You can't delete secret {} that still has replica regions [{}].",
                secret.arn,
                regions.join(", ")
            ))),
        }
    }
}

impl Located {
    fn copy_in(&self, region: &Region) -> Self {
        let target = Target { account: self.target.account.clone(), region: region.clone() };
        Self { target, name: self.name.clone() }
    }
}
