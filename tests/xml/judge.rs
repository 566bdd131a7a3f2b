//! A second opinion on documents, by another parser and without the code under test.

#![allow(
    dead_code,
    reason = "every test program compiles this module and uses its own part of it"
)]

use roxmltree::{Node, NodeType};

/// What a document says: everything that is not layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Name, namespace, attributes in their order, content.
    Element {
        name: String,
        namespace: Option<String>,
        attributes: Vec<(String, String)>,
        content: Vec<Item>,
    },
    Text(String),
    Comment(String),
    Instruction(String),
}

impl Item {
    pub fn name(&self) -> &str {
        match self {
            Self::Element { name, .. } => name,
            _ => "",
        }
    }

    pub fn content_mut(&mut self) -> &mut Vec<Item> {
        match self {
            Self::Element { content, .. } => content,
            other => panic!("no element: {other:?}"),
        }
    }

    pub fn attributes_mut(&mut self) -> &mut Vec<(String, String)> {
        match self {
            Self::Element { attributes, .. } => attributes,
            other => panic!("no element: {other:?}"),
        }
    }

    /// The element at a path of positions among the elements.
    pub fn at(&mut self, path: &[usize]) -> &mut Item {
        path.iter().fold(self, |item, position| {
            let elements = item
                .content_mut()
                .iter_mut()
                .filter(|item| matches!(item, Item::Element { .. }));
            elements.into_iter().nth(*position).expect("an element there")
        })
    }

    /// Leaves out white space between elements, which is layout.
    pub fn without_layout(mut self) -> Item {
        fn clean(item: &mut Item) {
            let Item::Element { content, .. } = item else { return };
            if content.iter().any(|item| matches!(item, Item::Element { .. })) {
                content.retain(|item| !matches!(item, Item::Text(text) if text.trim().is_empty()));
            }
            content.iter_mut().for_each(clean);
        }
        clean(&mut self);
        self
    }
}

fn item(node: Node<'_, '_>) -> Option<Item> {
    Some(match node.node_type() {
        NodeType::Element => Item::Element {
            name: node.tag_name().name().to_owned(),
            namespace: node.tag_name().namespace().map(str::to_owned),
            attributes: node
                .attributes()
                .map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()))
                .collect(),
            content: node.children().filter_map(item).collect(),
        },
        NodeType::Text => Item::Text(node.text().unwrap_or_default().to_owned()),
        NodeType::Comment => Item::Comment(node.text().unwrap_or_default().to_owned()),
        NodeType::PI => Item::Instruction(node.pi().map(|pi| format!("{pi:?}")).unwrap_or_default()),
        NodeType::Root => return None,
    })
}

/// Reads a document's root.
#[track_caller]
pub fn read(text: &str) -> Item {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    item(document.root_element()).expect("a root")
}

/// The bytes of the element at a path of positions among the elements.
#[track_caller]
pub fn range(text: &str, path: &[usize]) -> std::ops::Range<usize> {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let root = document.root_element();
    path.iter()
        .fold(root, |node, position| {
            node.children()
                .filter(Node::is_element)
                .nth(*position)
                .expect("an element there")
        })
        .range()
}

/// Requires that two texts differ only inside of `place` of the first one.
#[track_caller]
pub fn assert_same_outside(before: &str, after: &str, place: std::ops::Range<usize>) {
    let tail = before.len() - place.end;
    assert!(
        after.len() >= place.start + tail,
        "text outside of the edit is gone:\n{before}\n---\n{after}"
    );
    assert_eq!(
        before[..place.start],
        after[..place.start],
        "text before the edit has changed"
    );
    assert_eq!(
        before[place.end..],
        after[after.len() - tail..],
        "text behind the edit has changed"
    );
}
