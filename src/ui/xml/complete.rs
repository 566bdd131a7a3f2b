//! Completion: what libvirt's schema allows at the cursor, or what the document uses itself where no schema is installed.

use gtk::gio;
use relm4::gtk;
use sourceview5::prelude::*;
use sourceview5::{Buffer, View};

use crate::model::markup::{self, Spot, Words};
use crate::model::schema::{self, DocumentKind};

/// In longer texts words are offered only when they are asked for: all that stands before the cursor has to be read.
const LONG: i32 = 512 << 10;
/// How far behind the cursor the text is read: the rest of a tag.
const AHEAD: i32 = 4096;
/// How far back a tag is looked for that a character may belong to.
const BACK: i32 = 2048;

/// Adds completion to a view of documents of a kind.
pub(super) fn install(view: &View, kind: DocumentKind) -> Provider {
    let completion = view.completion();
    completion.set_select_on_show(true);
    completion.set_page_size(8);
    let provider = Provider::new(kind);
    completion.add_provider(&provider);
    provider
}

/// What is offered at a place, and how much of it is typed already.
fn offers(kind: DocumentKind, text: &str, at: usize) -> (Vec<String>, Use) {
    let place = markup::place(text, at);
    let with = match &place.spot {
        Spot::Element(_) | Spot::End(_) => Use::Name,
        Spot::Attribute(_) => Use::Attribute,
        Spot::Value { .. } => Use::Value,
        Spot::Text(_) => Use::Name,
        Spot::Elsewhere => return (Vec::new(), Use::Name),
    };
    let mut words = match &place.spot {
        Spot::End(_) => place
            .path
            .last()
            .map(|step| vec![step.name.clone()])
            .unwrap_or_default(),
        _ => match schema::installed(kind) {
            Some(schema) => schema.words(kind, &place),
            None => Words::of(text).at(&place),
        },
    };
    // One word that stands there already is no choice.
    let typed = typed(&place.spot);
    if words == [typed] {
        words.clear();
    }
    (words, with)
}

fn typed(spot: &Spot) -> &str {
    match spot {
        Spot::Element(typed) | Spot::End(typed) | Spot::Attribute(typed) | Spot::Text(typed) => typed,
        Spot::Value { typed, .. } => typed,
        Spot::Elsewhere => "",
    }
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Use {
    /// As it is.
    #[default]
    Name,
    /// With a value to fill in.
    Attribute,
    /// Instead of a value, whose end is behind it.
    Value,
}

/// The part of a word before a place.
fn word_start(at: &gtk::TextIter, with: Use) -> gtk::TextIter {
    let mut start = *at;
    loop {
        let mut back = start;
        if !back.backward_char() {
            return start;
        }
        let c = back.char();
        let belongs = match with {
            Use::Value => !matches!(c, '\'' | '"' | '<' | '>' | '\n'),
            _ => c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.'),
        };
        if !belongs {
            return start;
        }
        start = back;
    }
}

/// Whether a place may lie in a tag, as far as can be told from what is near.
fn in_tag(at: &gtk::TextIter) -> bool {
    let mut start = *at;
    start.backward_chars(BACK);
    let before = start.text(at);
    match (before.rfind('<'), before.rfind('>')) {
        (Some(open), Some(close)) => open > close,
        (open, _) => open.is_some(),
    }
}

/// The text around a place and its byte, or nothing where that is too much to do unasked.
fn text_at(buffer: &Buffer, at: &gtk::TextIter, asked: bool) -> Option<(String, usize)> {
    if !asked && at.offset() > LONG {
        return None;
    }
    let mut end = *at;
    end.forward_chars(AHEAD);
    let before = buffer.text(&buffer.start_iter(), at, true);
    let after = buffer.text(at, &end, true);
    Some((format!("{before}{after}"), before.len()))
}

mod imp {
    use std::cell::{Cell, RefCell};
    use std::future::Future;
    use std::pin::Pin;

    use gtk::subclass::prelude::*;
    use gtk::{gdk, glib};
    use sourceview5::subclass::prelude::*;
    use sourceview5::{
        CompletionActivation, CompletionCell, CompletionColumn, CompletionContext, CompletionProposal,
        CompletionProvider,
    };

    use super::*;

    #[derive(Default)]
    pub struct Proposal {
        pub word: RefCell<String>,
        pub(super) with: Cell<Use>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Proposal {
        const NAME: &'static str = "VireoXmlProposal";
        type Type = super::Proposal;
        type Interfaces = (CompletionProposal,);
    }

    impl ObjectImpl for Proposal {}
    impl CompletionProposalImpl for Proposal {}

    #[derive(Default)]
    pub struct Provider {
        pub kind: Cell<Option<DocumentKind>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Provider {
        const NAME: &'static str = "VireoXmlProvider";
        type Type = super::Provider;
        type Interfaces = (CompletionProvider,);
    }

    impl ObjectImpl for Provider {}

    impl CompletionProviderImpl for Provider {
        fn is_trigger(&self, iter: &gtk::TextIter, c: char) -> bool {
            match c {
                '<' => true,
                ' ' | '\'' | '"' => in_tag(iter),
                '>' => !in_tag(iter),
                _ => false,
            }
        }

        fn key_activates(
            &self,
            _: &CompletionContext,
            _: &CompletionProposal,
            key: gdk::Key,
            _: gdk::ModifierType,
        ) -> bool {
            matches!(key, gdk::Key::Tab | gdk::Key::Return | gdk::Key::KP_Enter)
        }

        fn display(&self, context: &CompletionContext, proposal: &CompletionProposal, cell: &CompletionCell) {
            let Some(proposal) = proposal.downcast_ref::<super::Proposal>() else {
                return;
            };
            if cell.column() != CompletionColumn::TypedText {
                cell.set_text(None);
                return;
            }
            let word = proposal.imp().word.borrow();
            let typed = context
                .bounds()
                .map(|(_, end)| word_start(&end, proposal.imp().with.get()).text(&end));
            let typed = typed.unwrap_or_default().to_lowercase();
            let look = sourceview5::Completion::fuzzy_highlight(&word, &typed).filter(|_| !typed.is_empty());
            cell.set_text_with_attributes(&word, &look.unwrap_or_default());
        }

        fn activate(&self, context: &CompletionContext, proposal: &CompletionProposal) {
            let (Some(buffer), Some((_, mut end)), Some(proposal)) = (
                context.buffer(),
                context.bounds(),
                proposal.downcast_ref::<super::Proposal>(),
            ) else {
                return;
            };
            let (word, with) = (proposal.imp().word.borrow().clone(), proposal.imp().with.get());
            let mut start = word_start(&end, with);
            buffer.begin_user_action();
            buffer.delete(&mut start, &mut end);
            match with {
                Use::Name => buffer.insert(&mut start, &word),
                Use::Attribute if start.char() == '=' => buffer.insert(&mut start, &word),
                Use::Attribute => {
                    buffer.insert(&mut start, &format!("{word}=''"));
                    start.backward_char();
                    buffer.place_cursor(&start);
                }
                Use::Value => {
                    buffer.insert(&mut start, &word);
                    if matches!(start.char(), '\'' | '"') {
                        start.forward_char();
                        buffer.place_cursor(&start);
                    }
                }
            }
            buffer.end_user_action();
        }

        fn refilter(&self, context: &CompletionContext, model: &gio::ListModel) {
            let Some(model) = model.downcast_ref::<gtk::FilterListModel>() else {
                return;
            };
            let Some(filter) = model.filter().and_downcast::<gtk::CustomFilter>() else {
                return;
            };
            filter.set_filter_func(matching(context, model.item(0).as_ref()));
        }

        fn populate_future(
            &self,
            context: &CompletionContext,
        ) -> Pin<Box<dyn Future<Output = Result<gio::ListModel, glib::Error>>>> {
            let (kind, context) = (self.kind.get(), context.clone());
            Box::pin(async move {
                let asked = context.activation() == CompletionActivation::UserRequested;
                let text = context
                    .bounds()
                    .zip(context.buffer())
                    .and_then(|((_, end), buffer)| text_at(&buffer, &end, asked));
                let Some((kind, (text, at))) = kind.zip(text) else {
                    return Ok(gio::ListStore::new::<super::Proposal>().upcast());
                };
                let offered = gio::spawn_blocking(move || offers(kind, &text, at)).await;
                let (words, with) = offered.unwrap_or_default();
                let store = gio::ListStore::new::<super::Proposal>();
                let proposals: Vec<_> = words.iter().map(|word| super::Proposal::new(word, with)).collect();
                store.extend_from_slice(&proposals);
                let first = proposals.first().map(Cast::upcast_ref);
                let filter = gtk::CustomFilter::new(matching(&context, first));
                Ok(gtk::FilterListModel::new(Some(store), Some(filter)).upcast())
            })
        }
    }

    /// Which words go with what is typed now.
    fn matching(
        context: &CompletionContext,
        example: Option<&glib::Object>,
    ) -> impl Fn(&glib::Object) -> bool + 'static {
        let with = example
            .and_then(|object| object.downcast_ref::<super::Proposal>())
            .map(|proposal| proposal.imp().with.get())
            .unwrap_or_default();
        let typed = context.bounds().map(|(_, end)| word_start(&end, with).text(&end));
        let typed = typed.unwrap_or_default().to_lowercase();
        move |object| {
            let word = object.downcast_ref::<super::Proposal>();
            word.is_some_and(|proposal| {
                let word = proposal.imp().word.borrow();
                typed.is_empty() || sourceview5::Completion::fuzzy_match(Some(&word), &typed).is_some()
            })
        }
    }
}

gtk::glib::wrapper! {
    /// A word that is offered.
    pub struct Proposal(ObjectSubclass<imp::Proposal>) @implements sourceview5::CompletionProposal;
}

impl Proposal {
    fn new(word: &str, with: Use) -> Self {
        use gtk::subclass::prelude::ObjectSubclassIsExt;
        let proposal: Self = gtk::glib::Object::new();
        *proposal.imp().word.borrow_mut() = word.to_owned();
        proposal.imp().with.set(with);
        proposal
    }
}

gtk::glib::wrapper! {
    /// Finds the words.
    pub struct Provider(ObjectSubclass<imp::Provider>) @implements sourceview5::CompletionProvider;
}

impl Provider {
    fn new(kind: DocumentKind) -> Self {
        let provider: Self = gtk::glib::Object::new();
        provider.set_kind(kind);
        provider
    }

    /// What the texts describe from now on.
    pub(super) fn set_kind(&self, kind: DocumentKind) {
        use gtk::subclass::prelude::ObjectSubclassIsExt;
        self.imp().kind.set(Some(kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_document_are_offered_where_no_schema_knows_better() {
        // A name that no schema has: what is offered comes from libvirt's schema where that is installed.
        let text = "<domain><a b='c'/></domain><";
        let (words, with) = offers(DocumentKind::Domain, text, text.len());
        assert_eq!(with, Use::Name);
        assert!(words.is_empty() || words == ["domain"], "{words:?}");
        let text = "<domain><name>x</";
        let (words, _) = offers(DocumentKind::Domain, text, text.len());
        assert_eq!(words, ["name"]);
        assert!(offers(DocumentKind::Domain, "<domain><name>x</name", 21).0.is_empty());
    }
}
