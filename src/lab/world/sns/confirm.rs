//! Confirmations: tokens are sent, come back, and mails carry a link that cancels.

use jiff::Timestamp;
use secmon_core::snapshot::Arn;
use serde_json::{Value, json};

use super::message::{self, Control};
use super::{SubscriptionState, invalid, no_subscription};
use crate::world::World;
use crate::world::call::{ApiError, Call};
use crate::world::inbox::Mail;

impl World {
    /// Confirms as a signed call. A valid token confirms its own subscription whatever topic is
    /// named (captured 2026-09-23).
    pub(super) fn confirm_subscription(&mut self, call: &Call) -> Result<Value, ApiError> {
        let token = call.text("Token").unwrap_or_default();
        let authenticate = call.text("AuthenticateOnUnsubscribe") == Some("true");
        let arn = self.confirm(token, authenticate)?;
        Ok(json!({"SubscriptionArn": arn}))
    }

    /// Confirms as the link in a mail does, or the endpoint that visits its `SubscribeURL`: nobody
    /// signs.
    pub fn confirm_by_link(&mut self, token: &str) -> Result<Arn, ApiError> {
        self.confirm(token, false)
    }

    fn confirm(&mut self, token: &str, authenticate: bool) -> Result<Arn, ApiError> {
        let invalid_token = || ApiError::new("InvalidParameterException", "Invalid token");
        let (arn, sent) = self.token(token).ok_or_else(invalid_token)?;
        if self.now.duration_since(sent).as_secs_f64() >= self.settings.confirmation {
            return Err(invalid_token());
        }
        let subscription = self.subscription_mut(&arn).ok_or_else(no_subscription)?;
        if subscription.state == SubscriptionState::Confirmed && authenticate {
            let message = "Subscription already confirmed";
            return Err(ApiError::new("AuthorizationErrorException", message));
        }
        if subscription.state != SubscriptionState::Confirmed {
            subscription.state = SubscriptionState::Confirmed;
            subscription.recent.clear();
            let was_authenticated = authenticate.to_string();
            subscription.attributes.confirmation_was_authenticated = Some(was_authenticated);
        }
        Ok(arn)
    }

    /// The subscription of a token, and when it was sent.
    fn token(&self, token: &str) -> Option<(Arn, Timestamp)> {
        let places = self.accounts.values().flat_map(|account| account.regions.values());
        let mut all = places.flat_map(|place| &place.sns.subscriptions);
        all.find_map(|(arn, it)| it.tokens.get(token).map(|sent| (arn.clone(), *sent)))
    }

    /// Cancels as the link in a mail does: so do scanners that follow every link. Refused where the
    /// confirmation was authenticated. The endpoint is told how to come back.
    ///
    /// <https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html>
    pub fn unsubscribe_by_link(&mut self, subscription: &Arn) -> Result<(), ApiError> {
        let stored = self.subscription_mut(subscription).ok_or_else(no_subscription)?;
        if stored.attributes.confirmation_was_authenticated.as_deref() == Some("true") {
            let message = "Unsubscribe requires authentication";
            return Err(ApiError::new("AuthorizationErrorException", message));
        }
        if stored.state != SubscriptionState::Confirmed {
            return Err(invalid("SubscriptionArn"));
        }
        stored.state = SubscriptionState::Deleted;
        self.send_control(subscription, Control::UnsubscribeConfirmation);
        Ok(())
    }

    pub(in crate::world) fn send_confirmation(&mut self, subscription: &Arn) {
        self.send_control(subscription, Control::SubscriptionConfirmation);
    }

    fn send_control(&mut self, arn: &Arn, control: Control) {
        let (token, id, signature) =
            (self.next_hex(256), self.next_uuid(), message::signature(self.next_hex(342)));
        let now = self.now;
        let Some(subscription) = self.subscription_mut(arn) else { return };
        subscription.tokens.insert(token.clone(), now);
        let subscription = subscription.clone();
        let json = control.json(arn, &subscription.topic, &token, id, now, &signature);
        let (protocol, endpoint) = (&subscription.protocol, &subscription.endpoint);
        let (subject, body) = match protocol.as_str() {
            "email" => {
                let subject = control.subject().to_owned();
                (Some(subject), control.mail(&subscription.topic, &token, endpoint))
            }
            "sqs" => {
                if let Ok(queue) = endpoint.parse::<Arn>() {
                    let body = json.to_string();
                    let _refused =
                        self.service_sends(&queue, "sns.amazonaws.com", &subscription.topic, &body);
                }
                return;
            }
            _ => (None, json.to_string()),
        };
        let mail = Mail {
            at: now,
            topic: subscription.topic.clone(),
            kind: control.kind().to_owned(),
            source: None,
            subject,
            body,
            token: Some(token),
        };
        self.inboxes.deliver(protocol, endpoint, mail);
    }
}
