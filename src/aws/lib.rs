//! The only code that talks to AWS.
//!
//! A [`Session`] holds credentials and clients; [`Session::collect`] reads what a
//! [`Snapshot`](secmon_core::snapshot::Snapshot) needs, wave by wave,
//! [`Session::test_metric_filter`] asks what a pattern matches, and [`permissions`] names the IAM
//! action of each read. [`Session::apply`] makes the changes of a plan and is the only code that
//! changes anything in an account. No code here asks for the value of a secret.
//!
//! ```no_run
//! # async fn doctor() -> Result<(), secmon_aws::ConnectError> {
//! use secmon_aws::{Connection, Session};
//! use secmon_core::{baseline::BaselineEntry, route::Pins};
//!
//! let secrets = ["TopSecretInfo".to_owned()];
//! let session = Session::open(&Connection::default(), &secrets).await?;
//! let entry = BaselineEntry::secret_access();
//! let now = jiff::Timestamp::UNIX_EPOCH; // the caller's clock, should AWS not tell the time
//! let (snapshot, collection) = session.collect(&entry, &Pins::default(), now, &|_| ()).await;
//! assert!(collection.depth <= 6 && snapshot.targets.len() >= 1);
//! # Ok(()) }
//! ```

mod apply;
mod clients;
mod collect;
mod connect;
mod error;
#[cfg(test)]
mod fake;
pub mod permissions;
mod wire;

pub use apply::{Applied, Force, Outside, Stopped, TakenBack, WriteError};
pub use collect::{AskError, Collection, MessageTest, PastProgress, PatternTest, Progress};
pub use connect::{ConnectError, Connection, Keys, Session};
