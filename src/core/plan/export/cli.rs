//! A script for a POSIX shell.

use super::{about, elsewhere, headline, one_line};
use crate::plan::command::quote;
use crate::plan::{Change, Plan, Write};

/// The width that commands are wrapped at.
const WIDTH: usize = 100;

/// CloudTrail tries the role at once, and IAM takes a while to know a new role or policy
/// everywhere.
const PATIENTLY: &str = "\
# Runs a command again while it answers \"Access denied\": a new role takes a while to work.
patiently() {
    tries=0
    while ! answer=$(\"$@\" 2>&1); do
        tries=$((tries + 1))
        case $answer in
            *\"Access denied\"*) ;;
            *) tries=12 ;;
        esac
        if [ \"$tries\" -ge 12 ]; then
            printf '%s\\n' \"$answer\" >&2
            return 1
        fi
        sleep 5
    done
    printf '%s\\n' \"$answer\"
}
";

pub(super) fn script(plan: &Plan) -> String {
    let account = &plan.account;
    let mut text = String::from("#!/bin/sh\n");
    comment(&mut text, headline(plan));
    comment(
        &mut text,
        [
            "",
            "Read it before you run it. It needs the AWS CLI, version 2, and stops at the first \
             error;",
            "what was done until then stays done: then plan again rather than run this again.",
        ],
    );
    // Nothing in single quotes is to be expanded.
    text.push_str("# shellcheck disable=SC2016\nset -eu\n\nAWS_PAGER=''\nexport AWS_PAGER\n\n");
    text.push_str("account=$(aws sts get-caller-identity --query Account --output text)\n");
    text.push_str(&format!("if [ \"$account\" != {account} ]; then\n"));
    text.push_str(&format!(
        "    printf 'This is for account {account}, and the credentials are for %s.\\n' \
         \"$account\" >&2\n    exit 1\nfi\n"
    ));
    let patient: Vec<bool> =
        (0..plan.changes.len()).map(|index| is_too_early(&plan.changes, index)).collect();
    if patient.contains(&true) {
        text.push('\n');
        text.push_str(PATIENTLY);
    }
    for (index, (change, patient)) in plan.changes.iter().zip(patient).enumerate() {
        text.push('\n');
        let mut lines = about(change);
        lines[0] = format!("{}. {}", index + 1, lines[0]);
        if let Some(other) = elsewhere(plan, change) {
            lines.push(format!("Not run here, because it is in account {other}:"));
            lines.push(change.write.command().to_string());
            comment(&mut text, lines);
            continue;
        }
        comment(&mut text, lines);
        if patient {
            text.push_str("patiently ");
        }
        let command = change.write.command().wrapped(WIDTH);
        match &change.write {
            Write::CreateKey { target, alias, .. } => {
                text.push_str(&format!("key=$({command})\n"));
                text.push_str(&format!(
                    "aws kms create-alias --region {} --alias-name {} --target-key-id \"$key\"",
                    target.region,
                    quote(alias)
                ));
            }
            Write::CreateSecret { .. } => {
                text.push_str(&command);
                text.push_str("\n# It has no value yet: aws secretsmanager put-secret-value");
            }
            _ => text.push_str(&command),
        }
        text.push('\n');
    }
    if !plan.by_hand.is_empty() {
        text.push('\n');
        comment(&mut text, ["By hand:"]);
        comment(&mut text, plan.by_hand.iter().map(|says| format!("- {}", one_line(says))));
    }
    text
}

/// Whether the call comes after one whose effect it may not see yet.
fn is_too_early(changes: &[Change], index: usize) -> bool {
    let (before, rest) = changes.split_at(index);
    let uses_role = rest.first().is_some_and(|change| match &change.write {
        Write::UpdateTrail { set, .. } => set.cloud_watch_logs_log_group_arn.is_some(),
        _ => false,
    });
    uses_role
        && before.iter().any(|change| {
            matches!(
                change.write,
                Write::CreateRole { .. }
                    | Write::PutRolePolicy { .. }
                    | Write::UpdateAssumeRolePolicy { .. }
            )
        })
}

fn comment(text: &mut String, lines: impl IntoIterator<Item = impl AsRef<str>>) {
    for line in lines {
        text.push_str(format!("# {}", line.as_ref()).trim_end());
        text.push('\n');
    }
}
