use super::*;
use crate::plan::Tags;
use crate::plan::tests::here;
use crate::snapshot::Snapshot;

#[test]
fn a_journal_takes_settings_of_a_bucket_back_with_the_bucket() {
    let (mut at, mut text) = (Snapshot::empty(Snapshot::healthy().taken_at), String::new());
    let begin = Line::Journal {
        version: JOURNAL_VERSION,
        account: here().account,
        started: at.taken_at,
        command: "setup".to_owned(),
        asked: Vec::new(),
    };
    text += &begin.to_json();
    let (target, log_group) = (here(), "audit".to_owned());
    at.targets.entry(here()).or_default().log_groups = Observed::Seen(Default::default());
    let writes = [
        Write::CreateLogGroup {
            target: target.clone(),
            log_group: log_group.clone(),
            tags: Tags::new(),
        },
        Write::PutRetentionPolicy { target, log_group, retention_in_days: 365 },
    ];
    for (step, write) in writes.into_iter().enumerate() {
        let mut after = at.clone();
        write.apply_to(&mut after);
        let change = Change::of(write, String::new(), &at, &after).unwrap();
        let done = Line::Done { step, after: change.after.clone() };
        text += &Line::About { step, change }.to_json();
        text += &done.to_json();
        at = after;
    }
    let journal = Journal::parse(&text).unwrap();
    let open = journal.open();
    assert_eq!(open.len(), 1);
    let now = journal.steps[1].change.after.clone();
    assert_eq!(open[0].standing(&now), Standing::AsLeft);
    assert_eq!(journal.steps[0].standing(&now), Standing::Changed);
    // Ended while it was taken back, it goes on; once taken back, nothing is left.
    text += &Line::Undoing { step: 0 }.to_json();
    assert!(Journal::parse(&text).unwrap().open()[0].is_undoing);
    text += &Line::Undone { step: 0 }.to_json();
    assert_eq!(Journal::parse(&text).unwrap().open(), []);
}

#[test]
fn a_journal_takes_nothing_back_but_what_it_shows() {
    let at = Snapshot::healthy();
    let write = Write::EnableAlarmActions { target: here(), alarm: "secret-read".to_owned() };
    let mut change = Change::of(write, String::new(), &at, &at).unwrap();
    let text = |change: &Change| {
        let begin = Line::Journal {
            version: JOURNAL_VERSION,
            account: here().account,
            started: at.taken_at,
            command: "repair".to_owned(),
            asked: Vec::new(),
        };
        begin.to_json() + &Line::About { step: 0, change: change.clone() }.to_json()
    };
    assert!(Journal::parse(&text(&change)).is_ok());
    change.undo.writes.push(Write::DeleteAlarms { target: here(), alarm: "other".to_owned() });
    let error = Journal::parse(&text(&change)).unwrap_err();
    assert_eq!(error.to_string(), "line 2: DeleteAlarms is no call that changes alarm secret-read");
}
