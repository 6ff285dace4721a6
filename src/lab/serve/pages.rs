//! Listings that come in other pages than AWS's usual ones.
//!
//! AWS may answer an empty page that is not the last, and pages as short as it likes; clients that
//! take the first page for all of them see too little.

use serde_json::{Map, Value};

use super::model::{Kind, Model, Shape};
use crate::world::ApiError;

const IN_TOKENS: &[&str] = &["NextToken", "nextToken", "Marker", "ContinuationToken"];
const OUT_TOKENS: &[&str] =
    &["NextToken", "nextToken", "NextContinuationToken", "NextMarker", "Marker"];
/// More pages than any listing of a test has; a listing that never ends does end.
const MAX_PAGES: usize = 1000;

/// How an operation pages.
pub(super) struct Paging<'a> {
    token_in: &'a str,
    token_out: &'a str,
    lists: Vec<&'a str>,
    truncated: bool,
}

impl<'a> Paging<'a> {
    /// By the members of its input and output; `None` if it does not page.
    pub(super) fn of(model: &'a Model, input: &'a Shape, output: &'a Shape) -> Option<Self> {
        let has = |shape: &Shape, name: &str| shape.members.iter().any(|m| m.name == name);
        let token_in = IN_TOKENS.iter().find(|name| has(input, name))?;
        let token_out = OUT_TOKENS.iter().find(|name| has(output, name))?;
        let is_list = |name: &str| model.shape(name).kind == Kind::List;
        let lists = output.members.iter().filter(|member| is_list(&member.shape));
        let lists = lists.map(|member| member.name.as_str()).collect();
        Some(Self { token_in, token_out, lists, truncated: has(output, "IsTruncated") })
    }

    /// An empty page, then pages of one. `call` gives AWS's own pages.
    pub(super) fn of_one(
        &self,
        input: &Value,
        mut call: impl FnMut(Value) -> Result<Value, ApiError>,
    ) -> Result<Value, ApiError> {
        let token = input.get(self.token_in).and_then(Value::as_str);
        let start: Option<usize> =
            token.and_then(|token| token.strip_prefix("item-")?.parse().ok());
        let mut input = input.clone();
        self.put(&mut input, self.token_in, None);
        let mut whole = call(input.clone())?;
        let mut items = self.items(&whole);
        for _ in 0..MAX_PAGES {
            let Some(token) = whole.get(self.token_out).and_then(Value::as_str) else { break };
            self.put(&mut input, self.token_in, Some(token.to_owned()));
            whole = call(input.clone())?;
            items.extend(self.items(&whole));
        }
        self.put(&mut whole, self.token_out, None);
        let (page, next) = match start {
            None => (None, 0),
            Some(start) => (items.get(start), start + 1),
        };
        for list in &self.lists {
            let here = page.iter().filter(|(name, _)| name == list);
            whole[*list] = here.map(|(_, item)| item.clone()).collect();
        }
        let more = next < items.len();
        self.mark(&mut whole, more.then(|| format!("item-{next}")));
        Ok(whole)
    }

    /// The first page, whatever the token.
    pub(super) fn repeated(
        &self,
        input: &Value,
        call: impl FnOnce(Value) -> Result<Value, ApiError>,
    ) -> Result<Value, ApiError> {
        let mut input = input.clone();
        self.put(&mut input, self.token_in, None);
        let mut page = call(input)?;
        self.mark(&mut page, Some("again".to_owned()));
        Ok(page)
    }

    fn items(&self, page: &Value) -> Vec<(&'a str, Value)> {
        let items = |list: &&'a str| {
            let (list, items) = (*list, page.get(*list).and_then(Value::as_array));
            items.into_iter().flatten().map(move |item| (list, item.clone())).collect::<Vec<_>>()
        };
        self.lists.iter().flat_map(items).collect()
    }

    fn mark(&self, page: &mut Value, token: Option<String>) {
        if self.truncated {
            page["IsTruncated"] = token.is_some().into();
        }
        self.put(page, self.token_out, token);
    }

    fn put(&self, value: &mut Value, name: &str, token: Option<String>) {
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        value[name] = token.map_or(Value::Null, Value::from);
    }
}
