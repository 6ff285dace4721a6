//! SNS: topics and subscriptions.

use aws_sdk_sns::types::Tag;
use secmon_core::plan::Write;

use super::{WriteError, Writing};

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.sns();
    match write {
        Write::CreateTopic { topic, tags } => {
            let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
            let tags =
                tags.collect::<Result<Vec<_>, _>>().map_err(|error| at.unbuildable(&error))?;
            let name = topic.resource();
            let mut request =
                client.create_topic().name(name).set_tags((!tags.is_empty()).then_some(tags));
            if name.ends_with(".fifo") {
                request = request.attributes("FifoTopic", "true");
            }
            at.done(request.send().await)
        }
        Write::DeleteTopic { topic } => {
            at.done(client.delete_topic().topic_arn(topic.as_str()).send().await)
        }
        Write::SetTopicAttributes { topic, attribute, value } => at.done(
            client
                .set_topic_attributes()
                .topic_arn(topic.as_str())
                .attribute_name(attribute)
                .attribute_value(value)
                .send()
                .await,
        ),
        Write::Subscribe { topic, protocol, endpoint } => at.done(
            client
                .subscribe()
                .topic_arn(topic.as_str())
                .protocol(protocol)
                .endpoint(endpoint)
                .send()
                .await,
        ),
        Write::Unsubscribe { subscription, .. } => {
            at.done(client.unsubscribe().subscription_arn(subscription.as_str()).send().await)
        }
        Write::SetSubscriptionAttributes { subscription, attribute, value, .. } => at.done(
            client
                .set_subscription_attributes()
                .subscription_arn(subscription.as_str())
                .attribute_name(attribute)
                .attribute_value(value)
                .send()
                .await,
        ),
        _ => Ok(()),
    }
}
