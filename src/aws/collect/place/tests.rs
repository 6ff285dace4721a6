use std::cell::RefCell;
use std::time::Duration;

use super::*;
use crate::fake::{Answer, Fake, asked_by_name};

async fn walk(
    fake: &Fake,
    next: impl Fn(usize) -> Result<Option<String>, Trouble>,
) -> (Result<Vec<usize>, Trouble>, usize) {
    let session = fake.session(vec![asked_by_name("s")], &[]).await;
    let run = Run {
        session: &session,
        deadline: Instant::now() + Duration::from_secs(5),
        denied: Mutex::default(),
        refused: Mutex::default(),
    };
    let target = session.asked()[0].target.clone();
    let at = Place { run: &run, target, who: Ok(Who::Base), now: Timestamp::UNIX_EPOCH };
    let calls = RefCell::new(Vec::new());
    let all = at.pages(Call::ListRules, async |token| {
        let number = calls.borrow().len();
        calls.borrow_mut().push(token);
        Ok(Page { items: vec![number], next: next(number)? })
    });
    let all = all.await;
    let calls = calls.into_inner();
    assert_eq!(calls[0], None);
    (all, calls.len())
}

fn silent() -> Fake {
    Fake::new(|_| Answer::Never)
}

#[tokio::test]
async fn all_pages_are_read() {
    let (all, _) = walk(&silent(), |page| Ok((page < 2).then(|| page.to_string()))).await;
    assert_eq!(all, Ok(vec![0, 1, 2]));
    let (all, calls) = walk(&silent(), |_| Ok(Some(String::new()))).await;
    assert_eq!((all, calls), (Ok(vec![0]), 1), "an empty token is an end");
}

#[tokio::test]
async fn a_page_that_fails_fails_the_listing() {
    let denied = || Trouble::Denied { action: "events:ListRules".to_owned() };
    let (all, _) =
        walk(&silent(), |page| if page == 1 { Err(denied()) } else { Ok(Some("a".into())) }).await;
    assert_eq!(all, Err(denied()));
}

#[tokio::test]
async fn a_token_that_comes_again_ends_it() {
    for cycle in [1, 2, 3] {
        let (all, calls) = walk(&silent(), |page| Ok(Some((page % cycle).to_string()))).await;
        let reason = "ListRules: the listing does not end: a page token came twice";
        assert_eq!(all, Err(Trouble::failed(reason)));
        assert_eq!(calls, cycle + 1);
    }
    let (all, calls) = walk(&silent(), |page| Ok(Some(page.to_string()))).await;
    assert_eq!((all, calls), (Err(Trouble::failed("ListRules: more than 2000 pages")), PAGES));
}
