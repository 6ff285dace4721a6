//! KMS: the keys of topics and groups.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyState, Tag};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmon_core::plan::{Write, is_same_document, key_description};

use super::{WriteError, Writing};
use crate::error::Named;

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.kms();
    match write {
        Write::CreateKey { alias, policy, tags, .. } => {
            let key = match without_alias(at, client, alias, Some(policy)).await? {
                Some(key) => key,
                None => {
                    let mut request =
                        client.create_key().description(key_description(alias)).policy(policy);
                    for (key, value) in tags {
                        let tag = Tag::builder().tag_key(key).tag_value(value).build();
                        request = request.tags(tag.map_err(|error| at.unbuildable(&error))?);
                    }
                    let made = at.answered(request.send().await)?;
                    let data = made.key_metadata.ok_or_else(|| WriteError::failed(UNNAMED))?;
                    data.key_id
                }
            };
            // A new key takes a moment to be known everywhere.
            for _ in 0..ALIAS_TRIES {
                let request = client.create_alias().alias_name(alias).target_key_id(&key);
                match request.send().await {
                    Err(error) if error.code() == Some("NotFoundException") => {
                        tokio::time::sleep(ALIAS_PAUSE).await;
                    }
                    answer => return at.calling(CREATE_ALIAS).done(answer),
                }
            }
            let request = client.create_alias().alias_name(alias).target_key_id(key);
            at.calling(CREATE_ALIAS).done(request.send().await)
        }
        Write::DeleteAlias { alias, .. } => {
            let answer = client.delete_alias().alias_name(alias).send().await;
            match &answer {
                Err(error) if error.code() == Some("NotFoundException") => Ok(()),
                _ => at.done(answer),
            }
        }
        Write::CancelKeyDeletion { key, .. } => {
            at.done(client.cancel_key_deletion().key_id(key).send().await)
        }
        Write::ScheduleKeyDeletion { key, pending_window_in_days, .. } => {
            // It takes no alias.
            let id = match key.starts_with("alias/") {
                true => of_alias(at, client, key).await?,
                false => Some(key.clone()),
            };
            let Some(id) = id else { return Ok(()) };
            let request = client.schedule_key_deletion().key_id(id);
            at.done(request.pending_window_in_days(*pending_window_in_days).send().await)
        }
        Write::EnableKey { key, .. } => at.done(client.enable_key().key_id(key).send().await),
        Write::DisableKey { key, .. } => at.done(client.disable_key().key_id(key).send().await),
        Write::PutKeyPolicy { key, policy, .. } => at.done(
            client.put_key_policy().key_id(key).policy_name("default").policy(policy).send().await,
        ),
        _ => Ok(()),
    }
}

/// How often an alias is given anew to a key that is not known yet, and how long it is waited between.
const ALIAS_TRIES: usize = 10;
const ALIAS_PAUSE: Duration = Duration::from_secs(1);

const CREATE_ALIAS: Named = Named { name: "CreateAlias", action: "kms:CreateAlias" };
const DESCRIBE_KEY: Named = Named { name: "DescribeKey", action: "kms:DescribeKey" };
const LIST_ALIASES: Named = Named { name: "ListAliases", action: "kms:ListAliases" };
const LIST_KEYS: Named = Named { name: "ListKeys", action: "kms:ListKeys" };

const UNNAMED: &str = "CreateKey: the answer names no key";

/// The key of an alias that may be deleted: the one that was made for it, whether the alias was made or
/// not. One that waits for its deletion is none.
async fn of_alias(
    at: &Writing,
    client: &Client,
    alias: &str,
) -> Result<Option<String>, WriteError> {
    let answer = client.describe_key().key_id(alias).send().await;
    match &answer {
        Err(error) if error.code() == Some("NotFoundException") => {
            without_alias(at, client, alias, None).await
        }
        _ => {
            let data = at.calling(DESCRIBE_KEY).answered(answer)?.key_metadata;
            let data = data.filter(|data| data.key_state != Some(KeyState::PendingDeletion));
            let Some(data) = data else { return Ok(None) };
            if data.description.as_deref() != Some(&key_description(alias)) {
                let says = format!("{alias} names another key than the one that was made for it");
                return Err(WriteError::failed(says));
            }
            let aliases = client.list_aliases().key_id(&data.key_id).send().await;
            let aliases = at.calling(LIST_ALIASES).answered(aliases)?.aliases.unwrap_or_default();
            match aliases.iter().filter_map(|it| it.alias_name()).find(|name| *name != alias) {
                Some(other) => Err(WriteError::failed(format!(
                    "the key of {alias} is called {other} as well, and may be used by that name"
                ))),
                None => Ok(Some(data.key_id)),
            }
        }
    }
}

/// The key that was made for an alias by a program that ended before it could make the alias, and with
/// this policy. Keys that cannot be looked at are not taken for it.
async fn without_alias(
    at: &Writing,
    client: &Client,
    alias: &str,
    policy: Option<&str>,
) -> Result<Option<String>, WriteError> {
    let (mut named, mut keys) = (BTreeSet::new(), Vec::new());
    let mut pages = client.list_aliases().into_paginator().send();
    while let Some(page) = pages.next().await {
        let aliases = at.calling(LIST_ALIASES).answered(page)?.aliases.unwrap_or_default();
        named.extend(aliases.into_iter().filter_map(|alias| alias.target_key_id));
    }
    let mut pages = client.list_keys().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = at.calling(LIST_KEYS).answered(page)?.keys.unwrap_or_default();
        keys.extend(page.into_iter().filter_map(|key| key.key_id));
    }
    let wanted = key_description(alias);
    for key in keys.into_iter().filter(|key| !named.contains(key)) {
        let Ok(answer) = client.describe_key().key_id(&key).send().await else { continue };
        let is = answer.key_metadata.is_some_and(|data| {
            data.description.as_deref() == Some(&wanted)
                && data.key_state == Some(KeyState::Enabled)
        });
        if !is {
            continue;
        }
        let Ok(has) = client.get_key_policy().key_id(&key).policy_name("default").send().await
        else {
            continue;
        };
        let has = has.policy.unwrap_or_default();
        if policy.is_none_or(|policy| is_same_document(&has, policy)) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}
