//! STS: whose credentials these are.

use secmon_core::snapshot::{AccountId, Caller, Observations, Observed, Snapshot, Target};

use super::convert::{need, need_arn};
use super::place::{Place, Run};
use crate::connect::{BaseAccount, Who};
use crate::error::Trouble;
use crate::permissions::Call;

/// Who reads, and the account of the credentials that take on roles.
pub(super) struct Identities {
    pub(super) caller: Observed<Caller>,
    pub(super) base_account: BaseAccount,
}

/// Asks who reads; with roles also whose credentials take them on, since a chain can lead back to
/// that account.
pub(super) async fn identities(run: &Run<'_>) -> Identities {
    let primary = run.session.primary();
    if primary == Who::Base {
        let caller = caller_identity(run, primary).await;
        return Identities { base_account: account_of(&caller), caller };
    }
    let (caller, base) =
        futures::join!(caller_identity(run, primary), caller_identity(run, Who::Base));
    Identities { base_account: account_of(&base), caller }
}

async fn caller_identity(run: &Run<'_>, who: Who) -> Observed<Caller> {
    let Some(asked) = run.session.asked.first() else {
        return Observed::NotAsked;
    };
    let at = Place { run, target: asked.target.clone(), who: Ok(who), now: Default::default() };
    at.observe(async || {
        let identity = get_caller_identity(&at).await;
        if let Err(Trouble::Refused { reason }) = &identity {
            run.note_refused(reason);
        }
        identity
    })
    .await
}

async fn get_caller_identity(at: &Place<'_>) -> Result<Caller, Trouble> {
    let call = Call::GetCallerIdentity;
    let answer = at.ask(call, &[], at.clients()?.sts().get_caller_identity().send()).await?;
    let account = need(call, "Account", answer.account)?;
    let account =
        account.parse().map_err(|error| Trouble::failed(format!("{}: {error}", call.name())))?;
    Ok(Caller { account, arn: need_arn(call, "Arn", answer.arn)? })
}

fn account_of(caller: &Observed<Caller>) -> BaseAccount {
    match caller {
        Observed::Seen(caller) => BaseAccount::Known(caller.account.clone()),
        Observed::Denied { action } => BaseAccount::Untold(format!("{action} was denied")),
        Observed::Failed { reason } => BaseAccount::Untold(reason.clone()),
        Observed::Absent | Observed::NotAsked => BaseAccount::Untold("not asked".to_owned()),
    }
}

/// The account whose resources were listed, should STS not tell it.
///
/// Log groups, alarms, rules and secrets asked for by name are the caller's own; a trail is, if it
/// is no organization's. Without this, no trail could be said to cover the account.
pub(super) fn account_in_answers(snapshot: &Snapshot) -> Option<AccountId> {
    snapshot.targets.values().find_map(account_in)
}

fn account_in(seen: &Observations) -> Option<AccountId> {
    let groups = seen.log_groups.seen().into_iter().flat_map(|groups| groups.values());
    let groups = groups.filter_map(|group| group.arn.as_ref()?.parse().ok());
    let alarms = seen.alarms.seen().into_iter().flat_map(|alarms| alarms.metric_alarms.values());
    let alarms = alarms.map(|alarm| alarm.alarm_arn.clone());
    let rules = seen.event_rules.seen().into_iter().flat_map(|rules| rules.values());
    let rules = rules.map(|rule| rule.arn.clone());
    let secrets = seen.secrets.iter().filter(|(asked, _)| !asked.starts_with("arn:"));
    let secrets = secrets.filter_map(|(_, secret)| Some(secret.seen()?.arn.clone()));
    let trails = seen.trails.seen().into_iter().flat_map(|trails| trails.values());
    let trails = trails.filter(|trail| !trail.is_organization_trail);
    let trails = trails.map(|trail| trail.trail_arn.clone());
    let arns = groups.chain(alarms).chain(rules).chain(secrets).chain(trails);
    arns.filter_map(|arn| arn.account().parse::<AccountId>().ok()).find(AccountId::is_known)
}

/// Gives the places that were asked about before the account was known their name.
pub(super) fn name_account(snapshot: &mut Snapshot, account: &AccountId) {
    for asked in &mut snapshot.asked {
        if asked.target.account.is_known() {
            continue;
        }
        let named = Target { account: account.clone(), region: asked.target.region.clone() };
        if let Some(seen) = snapshot.targets.remove(&asked.target) {
            match snapshot.targets.get_mut(&named) {
                // The same place was also asked about by ARN: only the secrets differ.
                Some(also) => also.secrets.extend(seen.secrets),
                None => {
                    snapshot.targets.insert(named.clone(), seen);
                }
            }
        }
        asked.target = named;
    }
}
