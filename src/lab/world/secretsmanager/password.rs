//! GetRandomPassword.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::invalid;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetRandomPassword {
    password_length: Option<usize>,
    #[serde(default)]
    exclude_characters: String,
    #[serde(default)]
    exclude_numbers: bool,
    #[serde(default)]
    exclude_punctuation: bool,
    #[serde(default)]
    exclude_uppercase: bool,
    #[serde(default)]
    exclude_lowercase: bool,
    #[serde(default)]
    include_space: bool,
    require_each_included_type: Option<bool>,
}

impl World {
    /// The kinds of characters are those of
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>.
    pub(super) fn get_random_password(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: GetRandomPassword = call.input()?;
        let kinds = [
            (!input.exclude_lowercase, "abcdefghijklmnopqrstuvwxyz"),
            (!input.exclude_uppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            (!input.exclude_numbers, "0123456789"),
            (!input.exclude_punctuation, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
            (input.include_space, " "),
        ];
        let kinds: Vec<Vec<char>> = kinds
            .iter()
            .filter(|(included, _)| *included)
            .map(|(_, text)| {
                text.chars().filter(|c| !input.exclude_characters.contains(*c)).collect()
            })
            .filter(|kind: &Vec<char>| !kind.is_empty())
            .collect();
        let length = input.password_length.unwrap_or(32);
        let each = input.require_each_included_type.unwrap_or(true);
        if kinds.is_empty() || each && length < kinds.len() {
            return Err(invalid(
                "The password length or the character types that are left do not allow a password.",
            ));
        }
        let all: Vec<char> = kinds.concat();
        let mut password = String::new();
        for place in 0..length {
            let from = if each { kinds.get(place).unwrap_or(&all) } else { &all };
            let index = self.next_uuid().as_u128() % from.len() as u128;
            password.push(from[index as usize]);
        }
        Ok(json!({ "RandomPassword": password }))
    }
}
