//! phone number takes messages

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen, look};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Observed, Sms, Target};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "phone-number-takes-messages",
    stage: Stage::Subscription,
    title: "phone number takes messages",
    severity: Severity::High,
    effect: Effect::Breaks,
    needs: &[Link::Topic, Link::Subscription],
    changed_by: &[
        "Subscribe",
        "OptInPhoneNumber",
        "SetSMSAttributes",
        "DeleteSMSSandboxPhoneNumber",
    ],
    failures: &["N12"],
    page: include_str!("README.md"),
    run,
};

const HINT: &str = "A text message that SNS may not send is dropped, and the alarm's action \
                    succeeds all the same.";

fn run(context: &Context<'_>) -> Judged {
    let subscription = context.subscription()?;
    if subscription.protocol != "sms" {
        return Ok(Outcome::NotApplicable("the subscriber is no phone number".to_owned()));
    }
    let number = subscription.endpoint.as_str();
    let Some(target) = subscription.sends_texts_as(context.topic_arn()?) else {
        return Err(Stop::Skipped("the topic is in no Region".to_owned()));
    };
    let sms = &context.snapshot.at(&target).sms;
    let hint = |stop: Stop| stop.hint(HINT);
    // Each of the three is enough, so one that is certain comes before one that was not seen.
    let opted_out = opted_out(sms, number).map_err(hint);
    let sandbox = in_sandbox(sms, number, &target).map_err(hint);
    for reason in [&opted_out, &sandbox] {
        if let Ok(Some(finding)) = reason {
            return Ok(Outcome::fail(finding.clone()));
        }
    }
    opted_out?;
    sandbox?;
    let attributes =
        look(&sms.attributes, format!("the SMS attributes of {target}")).map_err(hint)?;
    match attributes.monthly_spend_limit.as_deref() {
        Some("0") => Ok(Outcome::Unknown(
            Unseen::because(
                format!("whether {number} gets text messages"),
                format!("the MonthlySpendLimit of {target} is 0"),
            )
            .hint(HINT),
        )),
        _ => Ok(Outcome::Pass),
    }
}

fn opted_out(sms: &Sms, number: &str) -> Result<Option<Finding>, Stop> {
    static NOT_ASKED: Observed<bool> = Observed::NotAsked;
    let observed = sms.is_opted_out.get(number).unwrap_or(&NOT_ASKED);
    let out = *look(observed, format!("whether {number} is opted out"))?;
    Ok(out.then(|| {
        let message = format!("{number} is opted out of text messages: SNS sends it none.");
        Finding::new(number, message).field("isOptedOut", true, false).manual(format!(
            "Opt {number} in again under Text messaging in the SNS console, which works once in 30 \
             days, or let its owner answer START."
        ))
    }))
}

fn in_sandbox(sms: &Sms, number: &str, target: &Target) -> Result<Option<Finding>, Stop> {
    if !*look(&sms.is_in_sandbox, format!("whether {target} is in the SMS sandbox"))? {
        return Ok(None);
    }
    let numbers = look(&sms.phone_numbers, format!("the numbers of the SMS sandbox of {target}"))?;
    let status = numbers.get(number).map(String::as_str);
    if status == Some("Verified") {
        return Ok(None);
    }
    let message = format!(
        "Account {} is in the SMS sandbox in {}, where only verified numbers get text messages, and \
         {number} is {}.",
        target.account,
        target.region,
        match status {
            Some(status) => format!("not verified ({status})"),
            None => "not among them".to_owned(),
        }
    );
    Ok(Some(
        Finding::new(number, message)
            .field("IsInSandbox", true, false)
            .field("Status", status.unwrap_or("absent"), "Verified")
            .manual(format!(
                "Verify {number} in the SMS sandbox of {}, or ask AWS to move the account out of \
                 it; or subscribe an email address.",
                target.region
            )),
    ))
}
