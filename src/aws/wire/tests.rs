use super::ends_where_it_should;

#[test]
fn xml_that_was_cut_off_anywhere_is_not_whole() {
    let xml = "<?xml version=\"1.0\"?>\n<List xmlns=\"https://example.org/\"><Names><member>a\
               </member><member>b</member></Names></List>\n";
    assert!(ends_where_it_should(xml.as_bytes()));
    for end in 1..xml.trim_end().len() {
        assert!(!ends_where_it_should(&xml.as_bytes()[..end]), "{}", &xml[..end]);
    }
}

#[test]
fn bodies_that_are_not_xml_are_left_to_their_own_parsers() {
    for body in ["", "{}", "{\"Version\": \"2012-10-17\"", "\u{bf}"] {
        assert!(ends_where_it_should(body.as_bytes()), "{body}");
    }
}
