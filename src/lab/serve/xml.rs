//! XML as far as AWS's protocols use it: elements, attributes, text.

use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};

/// Deeper than any shape; the tree is walked recursively.
const MAX_DEPTH: usize = 64;

/// One element that was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Element {
    /// Without its prefix.
    pub(super) name: String,
    /// With their prefixes.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

impl Element {
    /// The root element of a document; `None` if it is none.
    pub(super) fn read(document: &str) -> Option<Self> {
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let closed = match reader.read_event().ok()? {
                Event::Start(start) => {
                    if open.len() >= MAX_DEPTH || root.is_some() {
                        return None;
                    }
                    open.push(Self::open(&start)?);
                    None
                }
                Event::Empty(start) => Some(Self::open(&start)?),
                Event::End(_) => Some(open.pop()?),
                Event::Text(text) => {
                    let text = text.xml10_content();
                    match open.last_mut() {
                        Some(element) => element.text.push_str(&text),
                        None if text.trim().is_empty() => {}
                        None => return None,
                    }
                    None
                }
                Event::CData(text) => {
                    open.last_mut()?.text.push_str(&text.xml10_content());
                    None
                }
                Event::GeneralRef(reference) => {
                    let element = open.last_mut()?;
                    match reference.resolve_char_ref().ok()? {
                        Some(letter) => element.text.push(letter),
                        None => {
                            let name = reference.xml10_content();
                            let text = quick_xml::escape::resolve_predefined_entity(&name)?;
                            element.text.push_str(text);
                        }
                    }
                    None
                }
                // Entities of its own are how XML attacks its readers.
                Event::DocType(_) => return None,
                Event::Eof => return if open.is_empty() { root } else { None },
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
            };
            match (closed, open.last_mut()) {
                (None, _) => {}
                (Some(element), Some(parent)) => parent.children.push(element),
                (Some(_), None) if root.is_some() => return None,
                (Some(element), None) => root = Some(element),
            }
        }
    }

    fn open(start: &BytesStart<'_>) -> Option<Self> {
        let name = start.local_name().as_ref().to_owned();
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned();
            attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        Some(Self { name, attributes, ..Self::default() })
    }

    /// The children of a name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// A document that is written.
pub(super) struct Document(Writer<Vec<u8>>);

impl Document {
    /// With each element on a line of its own, as Query services answer.
    pub(super) fn indented() -> Self {
        Self(Writer::new_with_indent(Vec::new(), b' ', 2))
    }

    /// In one line after the declaration, as S3 answers.
    pub(super) fn declared() -> Self {
        let declaration = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        Self(Writer::new(declaration.to_vec()))
    }

    /// An element with what is in it.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Self),
    ) {
        let attributes = attributes.iter().map(|(name, value)| (*name, *value));
        let start = BytesStart::new(name).with_attributes(attributes);
        let end = start.to_end().into_owned();
        // Writing to a Vec does not fail, here and below.
        let _ = self.0.write_event(Event::Start(start.borrow()));
        content(self);
        let _ = self.0.write_event(Event::End(end));
    }

    /// An element that is only text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.element(name, &[], |document| document.content(text));
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let attributes = attributes.iter().map(|(name, value)| (*name, *value));
        let start = BytesStart::new(name).with_attributes(attributes);
        let _ = self.0.write_event(Event::Empty(start));
    }

    /// Text within an element.
    pub(super) fn content(&mut self, text: &str) {
        let admitted = |letter: char| match letter {
            '\t' | '\n' | '\r' => letter,
            // XML 1.0 cannot tell them, not even as references.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            letter => letter,
        };
        let text: String = text.chars().map(admitted).collect();
        let escaped = quick_xml::escape::escape(text.as_str()).replace('\r', "&#13;");
        let _ = self.0.write_event(Event::Text(BytesText::from_escaped(escaped)));
    }

    /// The document, ended as AWS ends it.
    pub(super) fn finish(self, end: &str) -> Vec<u8> {
        let mut bytes = self.0.into_inner();
        bytes.extend_from_slice(end.as_bytes());
        bytes
    }
}
