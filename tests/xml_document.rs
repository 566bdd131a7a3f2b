//! The lossless document: random edits on random documents change what they name and nothing else.

#[path = "xml/judge.rs"]
mod judge;
#[path = "xml/random.rs"]
mod random;

use judge::{Item, assert_same_outside, range, read};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use random::{document, fragment, value};
use vireo::model::xml::{Document, NodeId, Place};

/// The same documents every time.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(20),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// An element of the document, chosen by a number: its node and its path among the elements.
fn pick(document: &Document, number: usize) -> (NodeId, Vec<usize>) {
    let all = document.descendants(document.root());
    let id = all[number % all.len()];
    let mut path = Vec::new();
    let mut at = id;
    while let Some(parent) = document.parent(at) {
        path.insert(
            0,
            document
                .children(parent)
                .position(|child| child == at)
                .expect("a child"),
        );
        at = parent;
    }
    (id, path)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_done_is_nothing_changed(text in document()) {
        let document = Document::parse(&text).expect("well-formed");
        prop_assert_eq!(document.to_string(), text.clone());
        let bytes = Document::from_bytes(text.as_bytes()).expect("well-formed").to_bytes();
        prop_assert_eq!(bytes, text.into_bytes());
    }

    #[test]
    fn what_is_read_is_what_another_parser_reads(text in document()) {
        let document = Document::parse(&text).expect("well-formed");
        let judge = roxmltree::Document::parse(&text).expect("well-formed");
        let ours = document.descendants(document.root());
        let theirs: Vec<_> = judge.root_element().descendants().filter(roxmltree::Node::is_element).collect();
        prop_assert_eq!(ours.len(), theirs.len());
        for (our, their) in ours.into_iter().zip(theirs) {
            prop_assert_eq!(document.local_name(our), their.tag_name().name());
            let namespace = document.namespace(our);
            prop_assert_eq!(namespace.as_deref(), their.tag_name().namespace());
            let text: String = their.children().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect();
            prop_assert_eq!(document.text(our), text);
            for attribute in their.attributes().filter(|attribute| attribute.namespace().is_none()) {
                let ours = document.attribute(our, attribute.name());
                prop_assert_eq!(ours.as_deref(), Some(attribute.value()));
            }
            let source = document.source(our);
            prop_assert_eq!(&source, &text_of(&judge, their));
        }
    }

    #[test]
    fn an_attribute_is_set_and_nothing_else(text in document(), number: usize, which in 0..4_usize, value in value()) {
        let mut document = Document::parse(&text).expect("well-formed");
        let (id, path) = pick(&document, number);
        let name = ["type", "name", "new", "zz"][which];
        let before = read(&text);
        document.set_attribute(id, name, &value).expect("a good value");
        let after = document.to_string();
        let mut expected = before;
        let attributes = expected.at(&path).attributes_mut();
        match attributes.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1.clone_from(&value),
            None => attributes.push((name.to_owned(), value.clone())),
        }
        prop_assert_eq!(read(&after), expected);
        assert_same_outside(&text, &after, range(&text, &path));
        // Setting it again, or to what it is, changes nothing.
        document.set_attribute(id, name, &value).expect("a good value");
        prop_assert_eq!(document.to_string(), after);
    }

    #[test]
    fn an_attribute_is_removed_and_nothing_else(text in document(), number: usize, which in 0..3_usize) {
        let mut document = Document::parse(&text).expect("well-formed");
        let (id, path) = pick(&document, number);
        let name = ["type", "name", "id"][which];
        let mut expected = read(&text);
        let attributes = expected.at(&path).attributes_mut();
        let had = attributes.len();
        attributes.retain(|(known, _)| known != name);
        let is_there = attributes.len() != had;
        prop_assert_eq!(document.remove_attribute(id, name), is_there);
        let after = document.to_string();
        prop_assert_eq!(read(&after), expected);
        if !is_there {
            prop_assert_eq!(after, text);
        }
    }

    #[test]
    fn text_is_set_and_nothing_else(text in document(), number: usize, value in value()) {
        let mut document = Document::parse(&text).expect("well-formed");
        let (id, path) = pick(&document, number);
        let mut expected = read(&text);
        let content = expected.at(&path).content_mut();
        let done = document.set_text(id, &value);
        if content.iter().any(|item| matches!(item, Item::Element { .. })) {
            prop_assert!(done.is_err() || document.text(id) == value);
            prop_assert_eq!(document.to_string(), text);
            return Ok(());
        }
        done.expect("no elements inside");
        prop_assert_eq!(document.text(id), value.clone());
        let after = document.to_string();
        assert_same_outside(&text, &after, range(&text, &path));
        content.retain(|item| !matches!(item, Item::Text(_)));
        let mut now = read(&after);
        let texts: Vec<_> = now.at(&path).content_mut().extract_if(.., |item| matches!(item, Item::Text(_))).collect();
        prop_assert_eq!(&now, &expected, "comments stay");
        let joined: String = texts.iter().map(|item| match item { Item::Text(text) => text.as_str(), _ => "" }).collect();
        prop_assert_eq!(joined, value);
    }

    #[test]
    fn an_element_is_inserted_and_nothing_else(
        text in document(), number: usize, where_: usize, place in 0..4_usize, new in fragment(),
    ) {
        let mut document = Document::parse(&text).expect("well-formed");
        let (parent, path) = pick(&document, number);
        let children: Vec<_> = document.children(parent).collect();
        let sibling = (!children.is_empty()).then(|| where_ % children.len());
        let (place, position) = match (place, sibling) {
            (0, _) => (Place::First, 0),
            (1, Some(at)) => (Place::Before(children[at]), at),
            (2, Some(at)) => (Place::After(children[at]), at + 1),
            _ => (Place::Last, children.len()),
        };
        let id = document.insert(parent, place, &new).expect("a good fragment");
        let after = document.to_string();
        let mut now = read(&after).without_layout();
        prop_assert!(document.contains(id));
        let inserted = now.at(&path).at(&[position]).clone();
        let wanted = read(&new);
        prop_assert_eq!(inserted.name(), wanted.name());
        // Without it the document says what it said.
        let content = now.at(&path).content_mut();
        let at = content.iter().enumerate().filter(|(_, item)| matches!(item, Item::Element { .. })).nth(position);
        let at = at.expect("it is there").0;
        content.remove(at);
        let mut expected = read(&text).without_layout();
        if children.is_empty() {
            // White space in an element without elements was no layout before.
            for item in [&mut now, &mut expected] {
                item.at(&path).content_mut().retain(|item| !matches!(item, Item::Text(text) if text.trim().is_empty()));
            }
        }
        prop_assert_eq!(now, expected);
    }

    #[test]
    fn an_element_is_removed_and_nothing_else(text in document(), number: usize) {
        let mut document = Document::parse(&text).expect("well-formed");
        let (id, path) = pick(&document, number);
        document.remove(id);
        let after = document.to_string();
        let Some((last, parent)) = path.split_last() else {
            prop_assert_eq!(after, text, "the root stays");
            return Ok(());
        };
        prop_assert!(!document.contains(id));
        let mut expected = read(&text).without_layout();
        let content = expected.at(parent).content_mut();
        let at = content.iter().enumerate().filter(|(_, item)| matches!(item, Item::Element { .. })).nth(*last);
        content.remove(at.expect("it was there").0);
        let mut now = read(&after).without_layout();
        for item in [&mut now, &mut expected] {
            let content = item.at(parent).content_mut();
            content.retain(|item| !matches!(item, Item::Text(text) if text.trim().is_empty()));
            join_texts(content);
        }
        prop_assert_eq!(now, expected);
    }

    #[test]
    fn what_was_inserted_and_removed_leaves_no_trace(text in document(), number: usize, new in fragment()) {
        let mut document = Document::parse(&text).expect("well-formed");
        let (parent, _) = pick(&document, number);
        if document.children(parent).next().is_none() {
            return Ok(());
        }
        let id = document.insert(parent, Place::Last, &new).expect("a good fragment");
        prop_assert_ne!(document.to_string(), text.clone());
        document.remove(id);
        prop_assert_eq!(document.to_string(), text);
    }

    #[test]
    fn many_edits_in_a_row_leave_a_document_that_reads_as_it_was_written(
        text in document(), steps in prop::collection::vec((0..5_u8, any::<usize>(), value(), fragment()), 1..30),
    ) {
        let mut document = Document::parse(&text).expect("well-formed");
        for (kind, number, value, new) in steps {
            let (id, _) = pick(&document, number);
            match kind {
                0 => document.set_attribute(id, "name", &value).expect("a good value"),
                1 => { let _ = document.set_text(id, &value); }
                2 => { document.insert(id, Place::First, &new).expect("a good fragment"); }
                3 => { document.insert(id, Place::Last, &new).expect("a good fragment"); }
                _ => document.remove(id),
            }
        }
        let after = document.to_string();
        let again = Document::parse(&after).expect("well-formed");
        let all = document.descendants(document.root());
        let others = again.descendants(again.root());
        prop_assert_eq!(all.len(), others.len());
        for (one, other) in all.into_iter().zip(others) {
            prop_assert_eq!(document.name(one), again.name(other));
            prop_assert_eq!(document.text(one), again.text(other));
            prop_assert_eq!(document.source(one), again.source(other));
        }
        read(&after);
    }
}

fn text_of(document: &roxmltree::Document<'_>, node: roxmltree::Node<'_, '_>) -> String {
    document.input_text()[node.range()].to_owned()
}

/// Text side by side is one text.
fn join_texts(content: &mut Vec<Item>) {
    let mut joined: Vec<Item> = Vec::new();
    for item in content.drain(..) {
        match (joined.last_mut(), item) {
            (Some(Item::Text(before)), Item::Text(text)) => before.push_str(&text),
            (_, item) => joined.push(item),
        }
    }
    for item in &mut joined {
        if let Item::Text(text) = item {
            *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
    *content = joined;
}
