//! Values by the model.

use serde_json::{Map, Value, json};

use super::super::model::{Kind, Model, Shape};

/// Makes values of shapes: different ones, the same each time.
pub(super) struct Generator {
    seed: u64,
    /// Whether optional members are there.
    pub(super) whole: bool,
}

/// What names, ids and ARNs of AWS look like, for patterns.
const CANDIDATES: &[&str] = &[
    "name",
    "123456789012",
    "arn:aws:iam::123456789012:role/name",
    "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "/",
    "v1",
    "xks.example.org",
    "123456",
    "arn:aws:s3:::bucket",
    "o-abcdefghij/r-abcd/",
    "cluster-aaaaaaaaaaa",
    "https://example.org",
    "eu-west-1",
    "o-abcdefghij",
    "r-abcd",
    "alias/name",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "someone@example.org",
    "$.detail",
    "1.0",
    "3h",
    "rate(5 minutes)",
    "arn:aws:logs:eu-west-1:123456789012:log-group:name",
    "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:name",
    "arn:aws:organizations::123456789012:account/o-abcdefghij/123456789012",
    "arn:aws:organizations::123456789012:root/o-abcdefghij/r-abcd",
    "arn:aws:organizations::123456789012:organization/o-abcdefghij",
    "",
];

impl Generator {
    pub(super) fn new(seed: u64, whole: bool) -> Self {
        Self { seed, whole }
    }

    fn next(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.seed >> 33
    }

    pub(super) fn structure(&mut self, model: &Model, shape: &Shape, depth: usize) -> Value {
        let mut members = Map::new();
        for member in &shape.members {
            let wanted = shape.required.contains(&member.name)
                || (self.whole && depth < 6 && !self.next().is_multiple_of(8));
            if wanted {
                let value = self.value(model, model.shape(&member.shape), depth + 1);
                members.insert(member.name.clone(), value);
            }
        }
        members.into()
    }

    pub(super) fn value(&mut self, model: &Model, shape: &Shape, depth: usize) -> Value {
        let many = (shape.min.unwrap_or(0.0).max(1.0) as u64)
            .max(if self.whole { self.next() % 3 } else { 0 })
            .min(shape.max.map_or(u64::MAX, |max| max as u64));
        match shape.kind {
            Kind::Structure => self.structure(model, shape, depth),
            Kind::List => {
                let item = model.item(shape.member.as_ref());
                (0..many).map(|_| self.value(model, item, depth + 1)).collect()
            }
            Kind::Map => {
                let (key, value) =
                    (model.item(shape.key.as_ref()), model.item(shape.value.as_ref()));
                let mut fields = Map::new();
                for _ in 0..many {
                    let key = self.value(model, key, depth + 1);
                    let value = self.value(model, value, depth + 1);
                    fields.insert(key.as_str().unwrap().to_owned(), value);
                }
                fields.into()
            }
            Kind::String => self.text(shape).into(),
            Kind::Integer | Kind::Long => {
                let (min, max) = (shape.min.unwrap_or(0.0) as i64, shape.max.unwrap_or(1e6) as i64);
                json!(min + (self.next() as i64) % (max - min + 1))
            }
            Kind::Float | Kind::Double => {
                json!(shape.min.unwrap_or(0.0) + (self.next() % 100) as f64 / 4.0)
            }
            Kind::Boolean => json!(self.next().is_multiple_of(2)),
            Kind::Blob => json!("aGVsbG8gd29ybGQ="),
            Kind::Timestamp => {
                // Whole seconds: S3's headers have no others.
                let seconds = 1_789_350_562 + (self.next() % 100_000) as i64;
                json!(jiff::Timestamp::from_second(seconds).unwrap().to_string())
            }
        }
    }

    fn text(&mut self, shape: &Shape) -> String {
        if !shape.values.is_empty() {
            let index = self.next() as usize % shape.values.len();
            return shape.values[index].clone();
        }
        let (min, max) = (shape.min.unwrap_or(0.0) as usize, shape.max.unwrap_or(1e6) as usize);
        let fits =
            |text: &str| (min..=max).contains(&text.len()) && shape.mismatched(text).is_none();
        // What XML, JSON and forms must escape.
        let awkward = format!("a <b> & \"c\" 'd' + ü {}", self.next() % 1000);
        if !shape.has_pattern() && fits(&awkward) {
            return awkward;
        }
        let found = CANDIDATES.iter().find(|text| fits(text)).map(|text| (*text).to_owned());
        found.unwrap_or_else(|| {
            let long = "a".repeat(min.max(1));
            assert!(fits(&long), "nothing matches {shape:?}");
            long
        })
    }
}
