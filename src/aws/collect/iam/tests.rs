use super::*;

#[test]
fn documents_are_decoded_once() {
    let decoded = |text| document(Call::GetRolePolicy, text);
    let encoded = "%7B%22Resource%22%3A%20%22arn%3Aaws%3As3%3A%3A%3Aa%2Bb+c%2525%22%7D";
    assert_eq!(decoded(encoded), Ok(r#"{"Resource": "arn:aws:s3:::a+b+c%25"}"#.to_owned()));
    let plain = r#" {"Resource": "a%20b"}"#;
    assert_eq!(decoded(plain), Ok(plain.to_owned()));
    assert!(matches!(decoded("%7B%FF%7D"), Err(Trouble::Failed { .. })));
}
