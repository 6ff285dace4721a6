//! Which trail is meant, and who sees it.

use secmon_core::snapshot::{Arn, Target, Trail};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::TrailState;
use super::record::caller_account;

impl World {
    /// Whether DescribeTrails shows a trail where the caller asks: those at home there, and as
    /// shadows those of all Regions and those of the organisation.
    pub(in super::super) fn shows(&self, target: &Target, trail: &Trail, shadows: bool) -> bool {
        let here = trail.home_region == target.region.as_str();
        let own = trail.trail_arn.account() == target.account.as_str();
        (here && own)
            || (shadows && (here || trail.is_multi_region_trail) && self.may_see(target, trail))
    }

    /// Whether a trail is the account's own or of its organisation.
    pub(in super::super) fn may_see(&self, target: &Target, trail: &Trail) -> bool {
        let owner = trail.trail_arn.account();
        let account = target.account.as_str();
        owner == account || (trail.is_organization_trail && self.is_member(account, owner))
    }

    /// A trail by ARN, or by name if it is at home in the Region asked.
    pub(super) fn named_trail(&self, call: &Call, name: &str) -> Result<&TrailState, ApiError> {
        check_reference(name)?;
        let found = match name.parse::<Arn>() {
            Ok(arn) => self.trail(&arn).filter(|state| self.may_see(&call.target, &state.trail)),
            Err(_) => {
                let trails = self.place(&call.target).cloudtrail.trails.values();
                trails.into_iter().find(|state| state.trail.name == name)
            }
        };
        found.ok_or_else(|| unknown_trail(call, name))
    }

    /// The same for changes, which only the owner makes, and only in the home Region.
    pub(super) fn own_trail(&self, call: &Call, name: &str) -> Result<Arn, ApiError> {
        check_reference(name)?;
        let shadow = |state: &&TrailState| {
            state.trail.name == name && self.shows(&call.target, &state.trail, true)
        };
        let trail = match self.named_trail(call, name) {
            Ok(state) => &state.trail,
            Err(error) => match self.trails().map(|(_, state)| state).find(shadow) {
                Some(state) => &state.trail,
                None => return Err(error),
            },
        };
        if trail.trail_arn.account() != call.target.account.as_str() {
            return Err(ApiError::new(
                "NotOrganizationMasterAccountException",
                "The caller account is not the management account of the organization.",
            ));
        }
        if trail.home_region != call.target.region.as_str() {
            let message = format!(
                "The trail {} can be changed in its home Region {} only.",
                trail.name, trail.home_region
            );
            return Err(ApiError::new("InvalidHomeRegionException", message));
        }
        Ok(trail.trail_arn.clone())
    }
}

pub(super) fn unknown_trail(call: &Call, name: &str) -> ApiError {
    let account = caller_account(&call.caller.arn, &call.target);
    ApiError::new(
        "TrailNotFoundException",
        format!("Unknown trail: {name} for the user: {account}"),
    )
}

pub(super) fn invalid_name(name: &str) -> ApiError {
    let message = format!(
        "Trail name {name} is not valid: between 3 and 128 letters, digits, periods, underscores \
         or dashes, beginning with a letter or digit and ending with a letter or digit."
    );
    ApiError::new("InvalidTrailNameException", message)
}

pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let inner = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let valid = (3..=128).contains(&name.len())
        && edge(name.chars().next())
        && edge(name.chars().last())
        && name.chars().all(inner);
    if valid { Ok(()) } else { Err(invalid_name(name)) }
}

/// A name, or an ARN of a trail.
fn check_reference(name: &str) -> Result<(), ApiError> {
    if !name.starts_with("arn:") {
        return check_name(name);
    }
    let arn = name.parse::<Arn>().ok();
    match arn.filter(|arn| arn.service() == "cloudtrail" && arn.resource().starts_with("trail/")) {
        Some(_) => Ok(()),
        None => Err(ApiError::new(
            "CloudTrailARNInvalidException",
            format!("The trail ARN {name} is not valid."),
        )),
    }
}
