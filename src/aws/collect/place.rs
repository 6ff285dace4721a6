//! One account and Region to ask, and how to ask it.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use secmon_core::snapshot::{Observed, Region, Target};
use tokio::time::{Instant, timeout_at};

use crate::clients::Clients;
use crate::connect::{Session, Who};
use crate::error::{Trouble, classify, observed};
use crate::permissions::Call;

#[cfg(test)]
mod tests;

/// How many pages a listing may have. More than AWS's quotas allow of anything that is listed
/// here; a server that never ends has to be left at some point.
const PAGES: usize = 2_000;

/// How many empty pages are passed over on the way to the newest items.
const EMPTY_PAGES: usize = 10;

/// One run: until when, and what it was denied.
pub(super) struct Run<'a> {
    pub(super) session: &'a Session,
    pub(super) deadline: Instant,
    pub(super) denied: Mutex<BTreeSet<String>>,
    /// Why AWS refuses the credentials, if it does.
    pub(super) refused: Mutex<Option<String>>,
}

/// One account and Region, with the credentials that read it.
pub(super) struct Place<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) target: Target,
    /// The credentials, or why there are none for it.
    pub(super) who: Result<Who, Trouble>,
    /// AWS's time, or the caller's while AWS has not told it.
    pub(super) now: Timestamp,
}

/// One page of a listing.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

impl<'a> Place<'a> {
    /// The clients of this place.
    pub(super) fn clients(&self) -> Result<Arc<Clients>, Trouble> {
        Ok(self.run.session.clients(self.who.clone()?, &self.target.region))
    }

    /// The same account and credentials in another Region.
    pub(super) fn in_region(&self, region: &str) -> Result<Place<'a>, Trouble> {
        let region: Region = region.parse().map_err(|error| Trouble::failed(format!("{error}")))?;
        let target = Target { account: self.target.account.clone(), region };
        Ok(Place { run: self.run, target, who: self.who.clone(), now: self.now })
    }

    /// Sends one request when its turn comes. Errors with one of the codes `absent` say that there
    /// is no such thing.
    pub(super) async fn ask<T, E>(
        &self,
        call: Call,
        absent: &[&str],
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Trouble>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.in_time(call, request).await?.map_err(|error| self.classified(call, absent, &error))
    }

    /// What an error of a call comes to.
    pub(super) fn classified<E>(
        &self,
        call: Call,
        absent: &[&str],
        error: &SdkError<E, HttpResponse>,
    ) -> Trouble
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        classify(call, absent, self.run.session.patience(), error)
    }

    /// As [`Place::ask`], for callers that look at the error themselves.
    pub(super) async fn in_time<T>(
        &self,
        call: Call,
        request: impl Future<Output = T>,
    ) -> Result<T, Trouble> {
        let session = self.run.session;
        let answer = timeout_at(self.run.deadline, async {
            let _permit = session.gate.pass(call, &self.target).await;
            request.await
        });
        answer.await.map_err(|_| {
            let seconds = session.timeout.as_secs_f64();
            Trouble::failed(format!(
                "{}: no answer within the --timeout of {seconds} s",
                call.name()
            ))
        })
    }

    /// All pages of a listing. One page that fails makes the whole listing fail: part of a list
    /// would read as if there were no more.
    pub(super) async fn pages<T>(
        &self,
        call: Call,
        mut page: impl AsyncFnMut(Option<String>) -> Result<Page<T>, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let mut items = Vec::new();
        let mut tokens = BTreeSet::new();
        let mut token = None;
        for _ in 0..PAGES {
            let Page { items: more, next } = page(token).await?;
            items.extend(more);
            // Some services end a listing with an empty token.
            let Some(next) = next.filter(|next| !next.is_empty()) else {
                return Ok(items);
            };
            if !tokens.insert(next.clone()) {
                return Err(Trouble::failed(format!(
                    "{}: the listing does not end: a page token came twice",
                    call.name()
                )));
            }
            token = Some(next);
        }
        Err(Trouble::failed(format!("{}: more than {PAGES} pages", call.name())))
    }

    /// The first page of a listing that has anything on it: the newest items, and whether there are
    /// more. An empty page with a token is no end (GetMetricData was seen to send one).
    pub(super) async fn first_items<T>(
        &self,
        call: Call,
        mut page: impl AsyncFnMut(Option<String>) -> Result<Page<T>, Trouble>,
    ) -> Result<(Vec<T>, bool), Trouble> {
        let mut token = None;
        for _ in 0..EMPTY_PAGES {
            let Page { items, next } = page(token).await?;
            let next = next.filter(|next| !next.is_empty());
            if !items.is_empty() || next.is_none() {
                return Ok((items, next.is_some()));
            }
            token = next;
        }
        Err(Trouble::failed(format!(
            "{}: {EMPTY_PAGES} empty pages, and more to come",
            call.name()
        )))
    }

    /// The result of a read as the snapshot keeps it; what was denied is noted.
    ///
    /// Takes the future's maker, not the future: the SDK's futures are large, and those of all
    /// reads side by side in one function would not fit a thread's stack.
    pub(super) async fn observe<T, F>(&self, read: impl FnOnce() -> F) -> Observed<T>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let result = Box::pin(read()).await;
        if let Err(Trouble::Denied { action }) = &result {
            self.run.note_denied(action);
        }
        observed(result)
    }
}

impl Run<'_> {
    pub(super) fn note_refused(&self, reason: &str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get_or_insert_with(|| reason.to_owned());
    }

    pub(super) fn note_denied(&self, action: &str) {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        denied.insert(action.to_owned());
    }
}
