//! The best chains, link by link.

use std::collections::BTreeMap;
use std::ops::Add;

use super::graph::Graph;
use super::watching::may_match_reads;
use super::{Chain, Link, Pins, Route};
use crate::baseline::{BaselineEntry, Message};
use crate::snapshot::{Asked, Snapshot};

/// How much is wrong with a chain; less is better, the first field that differs decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cost {
    /// Checks that break the chain, and checks that had nothing to look at.
    pub broken: u32,
    /// Checks that break the chain if they fail, and are unknown.
    pub unknown: u32,
    /// Steps that only a human can do.
    pub manual: u32,
    /// Failed checks that do not break the chain.
    pub degraded: u32,
}

impl Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            broken: self.broken + other.broken,
            unknown: self.unknown + other.unknown,
            manual: self.manual + other.manual,
            degraded: self.degraded + other.degraded,
        }
    }
}

/// The chains of every route from the secret to each subscription, best first; at least one, which
/// is of filter and alarm if there is nothing else. Chains of other routes are listed where there is
/// something that publishes to a topic.
///
/// `judge` says what a link costs, given the chain up to it. It is asked once per node and edge
/// that can be reached: of two chains that meet in the same two nodes only the better goes on, so
/// twenty trails, five hundred filters and a thousand alarms do not multiply.
pub fn search(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    messages: &[Message],
    pins: &Pins,
    asked: &Asked,
    judge: &mut dyn FnMut(&Chain, Link) -> Cost,
) -> Vec<(Cost, Chain)> {
    let may_match = may_match_reads(snapshot, messages);
    let graph = Graph { snapshot, entry, messages, may_match: &may_match, pins };
    let mut chains = Vec::new();
    for route in Route::ALL {
        if graph.may_have(route, asked) && (route == Route::FilterAlarm || pins.admits_route(route))
        {
            chains.extend(chains_of(route, graph, asked, judge));
        }
    }
    chains.sort_by_key(|(cost, chain)| (*cost, chain.route, names(chain)));
    chains
}

fn chains_of(
    route: Route,
    graph: Graph<'_>,
    asked: &Asked,
    judge: &mut dyn FnMut(&Chain, Link) -> Cost,
) -> Vec<(Cost, Chain)> {
    let mut chains = vec![(Cost::default(), Chain::from_secret(asked.clone(), route))];
    let mut before = None;
    for link in route.links() {
        let mut best: BTreeMap<(String, String), (Cost, Chain)> = BTreeMap::new();
        for (cost, chain) in chains {
            for next in follow(graph, &chain, *link) {
                let cost = cost + judge(&next, *link);
                let before = before.map(|before| next.node_key(before));
                let meeting = (before.unwrap_or_default(), next.node_key(*link));
                let known = best.get(&meeting);
                if known.is_none_or(|(known_cost, known)| {
                    (cost, names(&next)) < (*known_cost, names(known))
                }) {
                    best.insert(meeting, (cost, next));
                }
            }
        }
        chains = best.into_values().collect();
        if Some(*link) == route.link(Link::Publisher) && route != Route::FilterAlarm {
            chains.retain(|(_, chain)| chain.has_publisher());
        }
        before = Some(*link);
    }
    chains
}

fn names(chain: &Chain) -> Vec<String> {
    chain.route.links().iter().map(|link| chain.node_key(*link)).collect()
}

fn follow(graph: Graph<'_>, chain: &Chain, link: Link) -> Vec<Chain> {
    macro_rules! with {
        ($hops:expr, $field:ident) => {
            $hops.into_iter().map(|hop| Chain { $field: hop, ..chain.clone() }).collect()
        };
    }
    match link {
        Link::Trail => with!(graph.trails(&chain.asked), trail),
        Link::LogGroup => with!(graph.log_groups(chain), log_group),
        Link::Filter => with!(graph.filters(chain), filter),
        Link::Query => with!(graph.queries(chain), query),
        Link::Alarm => with!(graph.alarms(chain), alarm),
        Link::Rule => with!(graph.rules(chain), rule),
        Link::Topic => with!(graph.topics(chain), topic),
        Link::Subscription => with!(graph.subscriptions(chain), subscription),
        // It stands for another link, which is the one that is followed.
        Link::Publisher => Vec::new(),
    }
}
