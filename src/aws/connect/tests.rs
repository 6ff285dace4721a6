use super::*;
use crate::fake::{ACCOUNT, Answer, Fake, asked_by_name};

const OTHER: &str = "210987654321";

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

fn list() -> What {
    What::DescribeTrails
}

fn topic() -> What {
    What::GetTopicAttributes { topic: "arn:aws:sns:eu-west-1:210987654321:t".parse().unwrap() }
}

#[test]
fn a_secret_arn_tells_its_place() {
    let arn = "arn:aws:secretsmanager:us-east-1:210987654321:secret:Top-a1B2c3";
    let target = secret_target(arn).unwrap().unwrap();
    assert_eq!(target.to_string(), "210987654321/us-east-1");
    assert_eq!(secret_target("prod/db"), Ok(None));
    for wrong in ["arn:aws:sns:us-east-1:210987654321:x", "arn:aws:secretsmanager:::x", "arn:"] {
        assert_eq!(secret_target(wrong), Err(ConnectError::SecretArn(wrong.to_owned())));
    }
}

#[test]
fn only_roles_are_taken_on() {
    let (of, arn) = role_arn("arn:aws:iam::210987654321:role/path/audit").unwrap();
    assert_eq!((of.as_str(), arn.as_str()), (OTHER, "arn:aws:iam::210987654321:role/path/audit"));
    for wrong in ["audit", "arn:aws:iam::210987654321:user/audit", "arn:aws:iam::aws:role/x"] {
        assert_eq!(role_arn(wrong), Err(ConnectError::RoleArn(wrong.to_owned())));
    }
}

#[tokio::test]
async fn what_is_no_arn_is_said_before_anything_is_loaded() {
    let connection = Connection { role_arns: vec!["audit".to_owned()], ..Connection::default() };
    let error = Session::open(&connection, &[]).await.err().unwrap();
    assert_eq!(error, ConnectError::RoleArn("audit".to_owned()));
    let region = Connection { region: Some("Frankfurt".to_owned()), ..Connection::default() };
    let error = Session::open(&region, &[]).await.err().unwrap();
    assert!(error.to_string().starts_with("--region: `Frankfurt`"), "{error}");
}

#[tokio::test]
async fn without_roles_only_the_own_account_is_read() {
    let fake = Fake::new(|_| Answer::Never);
    let session = fake.session(vec![asked_by_name("s")], &[]).await;
    assert_eq!(session.who(&AccountId::unknown(), &list()), Ok(Who::Base));
    assert_eq!(session.who(&account(OTHER), &list()), Ok(Who::Base), "taken for the right one");
    session.set_base_account(BaseAccount::Known(account(ACCOUNT)));
    assert_eq!(session.who(&account(ACCOUNT), &list()), Ok(Who::Base));
    let refused = session.who(&account(OTHER), &list());
    let reason = "account 210987654321 cannot be read with these credentials: pass --role-arn \
                  ROLE_IN_THAT_ACCOUNT";
    assert_eq!(refused, Err(Trouble::failed(reason)));
    assert_eq!(session.who(&account(OTHER), &topic()), Ok(Who::Base), "its policy may admit us");
    let alias = What::DescribeKey { key: "alias/audit".to_owned() };
    assert!(session.who(&account(OTHER), &alias).is_err(), "an alias is another key here");
    session.set_base_account(BaseAccount::Untold("why".to_owned()));
    let Err(Trouble::Failed { reason }) = session.who(&account(ACCOUNT), &list()) else { panic!() };
    assert!(reason.contains("not known") && reason.contains("why"), "{reason}");
}

#[tokio::test]
async fn a_role_reads_its_account_and_the_first_the_secrets() {
    let fake = Fake::new(|_| Answer::Never);
    let roles = ["arn:aws:iam::210987654321:role/a", "arn:aws:iam::333333333333:role/b"];
    let session = fake.session(vec![asked_by_name("s")], &roles).await;
    session.set_base_account(BaseAccount::Known(account(ACCOUNT)));
    assert_eq!(session.primary(), Who::Role(0));
    assert_eq!(session.who(&account(OTHER), &list()), Ok(Who::Role(0)));
    assert_eq!(session.who(&account("333333333333"), &list()), Ok(Who::Role(1)));
    assert_eq!(session.who(&account(ACCOUNT), &list()), Ok(Who::Base));
    assert!(session.who(&account("444444444444"), &list()).is_err());
}
