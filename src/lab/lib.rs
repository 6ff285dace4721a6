//! A simulated AWS account whose alert chain really works.
//!
//! [`world`] is the account itself, pure: a read of a secret becomes a CloudTrail event, the event
//! reaches the log group if and only if AWS would deliver it, the metric filter counts it, the alarm
//! evaluates it, SNS refuses or delivers, and an inbox shows the mail. [`serve`] puts it on loopback
//! in AWS's own protocols.

pub mod serve;
pub mod world;
