//! One AWS CLI command, and how it is written so that a POSIX shell reads it back unchanged.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::snapshot::Region;

/// A complete command of the AWS CLI (version 2), ready for a POSIX shell.
///
/// [`Display`](fmt::Display) gives one line, [`wrapped`](AwsCommand::wrapped) several. Words that
/// need no quotes have none; others stand in single quotes, in which a shell changes nothing.
///
/// ```
/// use secmon_core::plan::{Intent, commands};
/// use secmon_core::snapshot::Snapshot;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let wish = Intent::StartLogging {
///     trail: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail".parse()?,
///     home_region: "eu-west-1".to_owned(),
/// };
/// let steps = commands(&[wish], &Snapshot::healthy());
/// assert_eq!(
///     steps[0].commands[0].to_string(),
///     "aws cloudtrail start-logging --region eu-west-1 \
///      --name arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail",
/// );
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsCommand {
    service: &'static str,
    operation: &'static str,
    options: Vec<CliOption>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct CliOption {
    name: &'static str,
    values: Vec<String>,
}

impl AwsCommand {
    /// A command without options.
    pub(super) fn new(service: &'static str, operation: &'static str) -> Self {
        Self { service, operation, options: Vec::new() }
    }

    /// A command in a Region.
    pub(super) fn in_region(
        service: &'static str,
        operation: &'static str,
        region: impl fmt::Display,
    ) -> Self {
        Self::new(service, operation).text("--region", region)
    }

    /// An option that takes one value.
    pub(super) fn text(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.options.push(CliOption { name, values: vec![value.to_string()] });
        self
    }

    /// An option that takes one value, where there is one.
    pub(super) fn maybe(self, name: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// An option that takes no value, where it is wanted.
    pub(super) fn flag(mut self, name: &'static str, wanted: bool) -> Self {
        if wanted {
            self.options.push(CliOption { name, values: Vec::new() });
        }
        self
    }

    /// An option that takes several values, where there are any.
    ///
    /// The CLI takes a first value that begins with `[` for JSON, one that begins with a hyphen for
    /// an option and one with `://` for a place to read from, so that unusual values go as JSON.
    pub(super) fn list(mut self, name: &'static str, values: &[String]) -> Self {
        let plain = |value: &String| {
            let usual = |c: char| c.is_ascii_alphanumeric() || c == '@' || c == '/';
            value.starts_with(usual) && !value.contains("://") && !value.contains(steers_terminal)
        };
        if values.is_empty() {
            return self;
        }
        if !values.iter().all(plain) {
            return self.json(name, values);
        }
        self.options.push(CliOption { name, values: values.to_vec() });
        self
    }

    /// An option that takes a structure, as JSON.
    ///
    /// The CLI's shorthand is never used: it would have to be quoted by rules of its own.
    pub(super) fn json(self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.text(name, escaped(&value))
    }

    /// The words as the program gets them, beginning with `aws`.
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> =
            ["aws", self.service, self.operation].map(str::to_owned).to_vec();
        words.extend(self.sent().iter().flat_map(CliOption::words));
        words
    }

    /// The options as they are written: values that no line of a shell carries safely go into
    /// `--cli-input-json`, where they are escaped and nothing is done with them.
    fn sent(&self) -> Vec<CliOption> {
        let (awkward, mut sent): (Vec<CliOption>, Vec<CliOption>) = self
            .options
            .iter()
            .cloned()
            .partition(|option| option.is_awkward() && option.name != "--region");
        if !awkward.is_empty() {
            let fields: serde_json::Map<String, Value> = awkward
                .into_iter()
                .map(|option| {
                    let field = self.field(option.name);
                    (field, option.values.into_iter().collect::<String>().into())
                })
                .collect();
            sent.push(CliOption {
                name: "--cli-input-json",
                values: vec![escaped(&Value::Object(fields))],
            });
        }
        sent
    }

    /// The API's name of the field that an option sets.
    fn field(&self, option: &str) -> String {
        if option == "--notification-endpoint" {
            return "Endpoint".to_owned();
        }
        let words = option.trim_start_matches('-').split('-');
        let field: String = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        match self.service {
            "logs" => field[..1].to_lowercase() + &field[1..],
            _ => field,
        }
    }

    /// The command in lines of at most `width` columns, joined by ` \`.
    ///
    /// Breaks stand between options only; an option longer than `width` has a line of its own.
    pub fn wrapped(&self, width: usize) -> String {
        let mut text = String::new();
        let mut column = 0;
        let first = format!("aws {} {}", self.service, self.operation);
        for piece in std::iter::once(first).chain(self.sent().iter().map(CliOption::quoted)) {
            let length = piece.chars().count();
            if column == 0 {
                column = length;
            } else if column + 1 + length + 2 <= width {
                text.push(' ');
                column += 1 + length;
            } else {
                text.push_str(" \\\n    ");
                column = 4 + length;
            }
            text.push_str(&piece);
        }
        text
    }

    /// Whether the command can be written: a Region, which ARNs may hold in any form, must be one.
    pub(super) fn is_expressible(&self) -> bool {
        let mut regions = self.options.iter().filter(|option| option.name == "--region");
        regions.all(|region| region.values.iter().all(|value| value.parse::<Region>().is_ok()))
    }
}

impl CliOption {
    /// Whether its value would be mangled on the way: by a terminal into which it is pasted
    /// (control characters, directions of writing), by whoever indents the command (line breaks),
    /// or by the AWS CLI, which reads `file://` and, in version 1, `https://`.
    fn is_awkward(&self) -> bool {
        let [value] = self.values.as_slice() else {
            return false;
        };
        let is_read = ["file://", "fileb://"].iter().any(|scheme| value.starts_with(scheme));
        let is_fetched = self.name != "--notification-endpoint"
            && ["http://", "https://"].iter().any(|scheme| value.starts_with(scheme));
        is_read || is_fetched || value.contains(steers_terminal)
    }

    fn words(&self) -> Vec<String> {
        match self.values.as_slice() {
            [value] if value.starts_with('-') => vec![format!("{}={value}", self.name)],
            values => std::iter::once(self.name.to_owned()).chain(values.iter().cloned()).collect(),
        }
    }

    fn quoted(&self) -> String {
        self.words().iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for AwsCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aws {} {}", self.service, self.operation)?;
        self.sent().iter().try_for_each(|option| write!(f, " {}", option.quoted()))
    }
}

impl Serialize for AwsCommand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// JSON with everything escaped that a terminal would act upon.
fn escaped(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        // All of them lie in the first plane, where one escape is one character.
        match steers_terminal(c) {
            true => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => text.push(c),
        }
    }
    text
}

/// Control characters, and those that change the direction of writing.
pub fn steers_terminal(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A word as a POSIX shell reads it back.
///
/// Crates for this switch to double quotes or backslashes where a word holds a single quote, which
/// is hard to read in a JSON document; here there is one form.
pub(super) fn quote(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    // zsh expands a word that begins with an equals sign.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
