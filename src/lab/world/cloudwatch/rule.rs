//! The rules of composite alarms.
//!
//! `NOT` binds closest, then `AND`, then `OR`. Names may be bare, in quotes, or ARNs.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>

use secmon_core::alarm::AlarmState;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
    /// The alarm of this name is in this state.
    Is(AlarmState, String),
    Always(bool),
}

/// More nesting than anybody writes; a hostile rule may hold more.
const DEEPEST: u32 = 64;

impl Rule {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text.trim_start() };
        let rule = parser.any(0)?;
        parser.rest.is_empty().then_some(rule)
    }

    /// Whether it holds, given the state of an alarm by its name.
    pub(super) fn holds(&self, state: &impl Fn(&str) -> Option<AlarmState>) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(state)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(state)),
            Self::Not(rule) => !rule.holds(state),
            Self::Is(wanted, name) => state(name) == Some(*wanted),
            Self::Always(holds) => *holds,
        }
    }

    /// The alarms that it names, in order, each once.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.gather(&mut names);
        names
    }

    fn gather<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::All(rules) | Self::Any(rules) => {
                rules.iter().for_each(|rule| rule.gather(names));
            }
            Self::Not(rule) => rule.gather(names),
            Self::Is(_, name) if !names.contains(&name.as_str()) => names.push(name),
            Self::Is(..) | Self::Always(_) => {}
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn any(&mut self, depth: u32) -> Option<Rule> {
        let mut rules = vec![self.all(depth)?];
        while self.word("OR") {
            rules.push(self.all(depth)?);
        }
        Some(if rules.len() == 1 { rules.remove(0) } else { Rule::Any(rules) })
    }

    fn all(&mut self, depth: u32) -> Option<Rule> {
        let mut rules = vec![self.one(depth)?];
        while self.word("AND") {
            rules.push(self.one(depth)?);
        }
        Some(if rules.len() == 1 { rules.remove(0) } else { Rule::All(rules) })
    }

    fn one(&mut self, depth: u32) -> Option<Rule> {
        if depth > DEEPEST {
            return None;
        }
        if self.word("NOT") {
            return Some(Rule::Not(self.one(depth + 1)?.into()));
        }
        if self.sign('(') {
            let inside = self.any(depth + 1)?;
            return self.sign(')').then_some(inside);
        }
        // AWS's own page writes `false`.
        if self.word("TRUE") || self.word("true") {
            return Some(Rule::Always(true));
        }
        if self.word("FALSE") || self.word("false") {
            return Some(Rule::Always(false));
        }
        let states = [AlarmState::InsufficientData, AlarmState::Alarm, AlarmState::Ok];
        let state = states.into_iter().find(|state| self.word(state.as_str()))?;
        if !self.sign('(') {
            return None;
        }
        let name = match self.rest.chars().next()? {
            quote @ ('"' | '\'') => {
                let (name, rest) = self.rest[1..].split_once(quote)?;
                self.rest = rest.trim_start();
                name
            }
            _ => {
                let end = self.rest.find(')')?;
                let (name, rest) = self.rest.split_at(end);
                self.rest = rest;
                name.trim_end()
            }
        };
        let name = name.rsplit_once(":alarm:").map_or(name, |(_, name)| name);
        if !self.sign(')') || name.is_empty() {
            return None;
        }
        Some(Rule::Is(state, name.to_owned()))
    }

    /// A whole word.
    fn word(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if ends {
            self.rest = rest.trim_start();
        }
        ends
    }

    fn sign(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }
}
