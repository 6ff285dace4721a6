//! From decided variables to a message.

use super::cells::{Allowed, Container, Shape};
use super::model::Model;
use super::solve::{Decided, Layout, Mode};
use crate::pattern::Step;

/// Longer arrays are not written out.
const MAX_ELEMENTS: u32 = 4_096;

/// An element that answers no question: neither text nor number nor null nor an array.
const FILLER: &str = "{}";

impl Model {
    /// A message in JSON; none if it would be too long.
    pub(super) fn witness(&self, mode: Mode, decided: &Decided) -> Option<String> {
        let layout = self.layout(mode, decided)?;
        self.value(0, mode, decided, &layout)?
    }

    /// The value at a node: none inside if there is none, none outside if it would be too long.
    fn value(
        &self,
        node: usize,
        mode: Mode,
        decided: &Decided,
        layout: &Layout,
    ) -> Option<Option<String>> {
        let shape = self.cell(mode, decided, node).map(|cell| &cell.shape);
        let container = match (shape, layout.containers[node], self.nodes[node].allowed) {
            (Some(Shape::Absent), ..) => return Some(None),
            (Some(Shape::Leaf(json)), ..) => return Some(Some(json.clone())),
            (Some(Shape::Container(container)), ..) => *container,
            (_, Some(container), _) => container,
            (_, None, Allowed::Text(sample)) => return Some(serde_json::to_string(sample).ok()),
            (_, None, Allowed::Present | Allowed::Object) => Container::Object,
            (_, None, Allowed::Anything) => return Some(None),
        };
        let elements = match self.cell(mode, decided, self.nodes.len() + node).map(|c| &c.shape) {
            Some(Shape::Elements(_, elements)) => &elements[..],
            _ => &[],
        };
        let mut parts = Vec::new();
        for (step, child) in &self.nodes[node].children {
            let fits = matches!(step, Step::Index(_)) == (container == Container::Array);
            if fits && let Some(json) = self.value(*child, mode, decided, layout)? {
                parts.push((step, json));
            }
        }
        Some(Some(match container {
            Container::Object => object(parts, elements, self.nodes[node].children.keys()),
            Container::Array => array(&parts, elements)?,
        }))
    }
}

fn object<'s>(
    named: Vec<(&Step, String)>,
    elements: &[String],
    steps: impl Iterator<Item = &'s Step>,
) -> String {
    let taken: Vec<&Step> = steps.collect();
    let mut members: Vec<(String, String)> = named
        .into_iter()
        .filter_map(|(step, json)| match step {
            Step::Name(name) => Some((name.clone(), json)),
            _ => None,
        })
        .collect();
    let fresh = (1_u32..).map(|at| format!("other{at}"));
    let fresh = fresh.filter(|name| !taken.contains(&&Step::Name(name.clone())));
    members.extend(fresh.zip(elements.iter().cloned()));
    let members = members.iter().map(|(name, json)| {
        let name = serde_json::to_string(name).unwrap_or_default();
        format!("{name}:{json}")
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn array(named: &[(&Step, String)], elements: &[String]) -> Option<String> {
    let mut elements = elements.iter();
    let mut all: Vec<&str> = Vec::new();
    for (step, json) in named {
        let Step::Index(index) = step else {
            continue;
        };
        if *index > MAX_ELEMENTS {
            return None;
        }
        while all.len() < *index as usize {
            all.push(elements.next().map_or(FILLER, String::as_str));
        }
        all.push(json);
    }
    all.extend(elements.map(String::as_str));
    Some(format!("[{}]", all.join(",")))
}
