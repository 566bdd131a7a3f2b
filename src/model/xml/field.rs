//! Typed places in a definition: what a form shows and changes, one value each.
//!
//! A [`Field`] is a path below an element and how its value is written. Setting one creates the elements on its path where
//! they are missing, in the order of libvirt's schema; clearing it removes what was only there for it. Everything else stays.

use std::marker::PhantomData;

use super::edit::Refused;
use super::order::order_of;
use super::scan;
use super::{Document, NodeId, unit};
use crate::i18n::tr_f;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Text,
    /// Digits.
    Number,
    /// `yes` or `no`.
    YesNo,
    /// `on` or `off`.
    OnOff,
    /// True where the element is there.
    Present,
    /// A number of bytes, with the unit beside it in an attribute `unit`; this one where there is none.
    Size(&'static str),
}

/// A place for one value, relative to an element: `driver/@cache` is an attribute, `target/size` the text of an element,
/// `feature[@name='vmx']/@policy` an attribute of the one element with that name.
#[derive(Debug)]
pub struct Field<T> {
    /// The path.
    pub path: &'static str,
    /// How the value is written.
    pub form: Form,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<T> Field<T> {
    pub(super) const fn new(path: &'static str, form: Form) -> Self {
        Self {
            path,
            form,
            value: PhantomData,
        }
    }

    /// The same place for a value of any type, as it is written.
    #[must_use]
    pub const fn raw(self) -> Field<String> {
        Field::new(self.path, self.form)
    }
}

/// A value that a field can hold.
pub trait Value: Sized {
    /// Reads what is written; `None` where it is no such value.
    fn read(text: &str, form: Form) -> Option<Self>;
    /// Writes it.
    fn write(&self, form: Form) -> String;
}

impl Value for String {
    fn read(text: &str, _: Form) -> Option<Self> {
        Some(text.to_owned())
    }

    fn write(&self, _: Form) -> String {
        self.clone()
    }
}

impl Value for u64 {
    fn read(text: &str, _: Form) -> Option<Self> {
        let text = text.trim();
        match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    }

    fn write(&self, _: Form) -> String {
        self.to_string()
    }
}

impl Value for bool {
    fn read(text: &str, form: Form) -> Option<Self> {
        match (form, text.trim()) {
            (Form::Present, _) | (_, "yes" | "on" | "true" | "1") => Some(true),
            (_, "no" | "off" | "false" | "0") => Some(false),
            _ => None,
        }
    }

    fn write(&self, form: Form) -> String {
        match (form, self) {
            (Form::OnOff, true) => "on",
            (Form::OnOff, false) => "off",
            (_, true) => "yes",
            (_, false) => "no",
        }
        .to_owned()
    }
}

/// One step of a path: an element's name, and the attribute that tells it from others of the name.
struct Step {
    name: &'static str,
    key: Option<(&'static str, &'static str)>,
}

struct Path {
    steps: Vec<Step>,
    attribute: Option<&'static str>,
}

impl Path {
    fn read(path: &'static str) -> Self {
        let (elements, attribute) = match path.rsplit_once('@') {
            // The `@` of a key stands in brackets.
            Some((elements, attribute)) if !attribute.contains(']') => (elements, Some(attribute)),
            _ => (path, None),
        };
        let steps = split(elements)
            .filter(|step| !step.is_empty() && *step != ".")
            .map(|step| {
                let keyed = step.split_once("[@").and_then(|(name, rest)| {
                    let (key, value) = rest.strip_suffix("']")?.split_once("='")?;
                    Some(Step {
                        name,
                        key: Some((key, value)),
                    })
                });
                keyed.unwrap_or(Step { name: step, key: None })
            });
        Self {
            steps: steps.collect(),
            attribute,
        }
    }
}

/// Splits at each `/` that stands outside of quotes.
fn split(path: &'static str) -> impl Iterator<Item = &'static str> {
    let mut quoted = false;
    path.split(move |c| {
        quoted ^= c == '\'';
        c == '/' && !quoted
    })
}

impl Document {
    /// What a field says below `element`; `None` where it is absent or no such value.
    #[must_use]
    pub fn get<T: Value>(&self, element: NodeId, field: Field<T>) -> Option<T> {
        let path = Path::read(field.path);
        let place = path.steps.iter().try_fold(element, |at, step| self.step(at, step))?;
        if field.form == Form::Present {
            return T::read("", field.form);
        }
        match (path.attribute, field.form) {
            (Some(name), _) => T::read(&self.attribute(place, name)?, field.form),
            (None, Form::Size(default)) => {
                let unit = self.attribute(place, "unit");
                let bytes = unit::to_bytes(&self.text(place), unit.as_deref(), default)?;
                T::read(&bytes.to_string(), field.form)
            }
            (None, _) => T::read(self.text(place).trim(), field.form),
        }
    }

    /// Gives a field a value, or clears it. What has the value already is left alone.
    ///
    /// # Errors
    /// Where the value cannot be written there.
    pub fn set<T: Value>(&mut self, element: NodeId, field: Field<T>, value: Option<T>) -> Result<(), Refused> {
        let present = field.form == Form::Present;
        let written = value
            .map(|value| value.write(field.form))
            .filter(|text| !present || text == "yes");
        let path = Path::read(field.path);
        match written {
            Some(text) => self.write_field(element, &path, field.form, &text),
            None => {
                self.clear_field(element, &path);
                Ok(())
            }
        }
    }

    fn step(&self, parent: NodeId, step: &Step) -> Option<NodeId> {
        self.children_named(parent, step.name).find(|id| match step.key {
            Some((key, value)) => self.attribute(*id, key).as_deref() == Some(value),
            None => true,
        })
    }

    fn write_field(&mut self, element: NodeId, path: &Path, form: Form, text: &str) -> Result<(), Refused> {
        // A forbidden character is found before anything is created.
        if let Some(c) = text.chars().find(|c| scan::is_forbidden(*c)) {
            let code = format!("U+{:04X}", u32::from(c));
            return Err(Refused(tr_f(
                "The character {code} is not allowed in XML.",
                &[("code", &code)],
            )));
        }
        let mut place = element;
        for step in &path.steps {
            place = match self.step(place, step) {
                Some(child) => child,
                None => {
                    let key = step
                        .key
                        .map(|(key, value)| format!(" {key}='{}'", scan::escape_attribute(value, '\'')));
                    self.insert_ordered(place, &format!("<{}{}/>", step.name, key.unwrap_or_default()))?
                }
            };
        }
        match (path.attribute, form) {
            (_, Form::Present) => Ok(()),
            (Some(name), _) => self.set_attribute(place, name, text),
            (None, Form::Size(default)) => self.write_size(place, default, text),
            (None, _) => self.set_value(place, text),
        }
    }

    /// Writes a size in the unit that is there if that says it exactly, else in bytes.
    fn write_size(&mut self, place: NodeId, default: &'static str, text: &str) -> Result<(), Refused> {
        let Ok(bytes) = text.parse::<u64>() else {
            return self.set_value(place, text);
        };
        let unit = self.attribute(place, "unit").map(std::borrow::Cow::into_owned);
        if unit::to_bytes(&self.text(place), unit.as_deref(), default) == Some(bytes) {
            return Ok(());
        }
        let per = unit::bytes_per(unit.as_deref().filter(|unit| !unit.is_empty()).unwrap_or(default));
        if let Some(per) = per
            && bytes.is_multiple_of(per)
        {
            return self.set_value(place, &(bytes / per).to_string());
        }
        let (per, unit) = if bytes.is_multiple_of(1024) {
            (1024, "KiB")
        } else {
            (1, "bytes")
        };
        self.set_attribute(place, "unit", unit)?;
        self.set_value(place, &(bytes / per).to_string())
    }

    fn clear_field(&mut self, element: NodeId, path: &Path) {
        let mut way = vec![element];
        for step in &path.steps {
            match way.last().and_then(|at| self.step(*at, step)) {
                Some(child) => way.push(child),
                None => return,
            }
        }
        let Some(place) = way.pop() else { return };
        if let Some(name) = path.attribute {
            let key = path.steps.last().and_then(|step| step.key).map(|(key, _)| key);
            if !self.remove_attribute(place, name) || way.is_empty() || !self.is_bare_but(place, key) {
                return;
            }
        } else if way.is_empty() {
            return;
        }
        self.remove(place);
        // The element itself is never removed, nor one that says something by being there.
        while let Some(outer) = way.pop().filter(|outer| *outer != element) {
            let key = path
                .steps
                .get(way.len().wrapping_sub(1))
                .and_then(|step| step.key)
                .map(|(key, _)| key);
            if !self.is_bare_but(outer, key) {
                break;
            }
            self.remove(outer);
        }
    }

    /// Whether an element says nothing but that it is there: nothing in it and nothing on it.
    #[must_use]
    pub fn is_bare_element(&self, id: NodeId) -> bool {
        self.is_bare(id)
    }

    /// Nothing in it and nothing on it.
    pub(super) fn is_bare(&self, id: NodeId) -> bool {
        self.is_bare_but(id, None)
    }

    /// The same, but for the attribute that an element is found by.
    fn is_bare_but(&self, id: NodeId, key: Option<&str>) -> bool {
        self.attributes(id).all(|(name, _)| Some(name) == key) && self.is_hollow(id)
    }

    /// Inserts an element where the schema's order has it among the children of `parent`.
    ///
    /// # Errors
    /// Where the text is not one well-formed element.
    pub fn insert_ordered(&mut self, parent: NodeId, fragment: &str) -> Result<NodeId, Refused> {
        let start = fragment.find('<').map_or(0, |at| at + 1);
        let name = &fragment[start..start + scan::name_length(&fragment[start..])];
        let place = self.ordered_place(parent, name, order_of(self.name(parent)));
        self.insert(parent, place, fragment)
    }
}

/// Declares the fields of one kind of element, and a list of all of them.
macro_rules! fields {
    ($(#[$doc:meta])* $module:ident { $($(#[$about:meta])* $name:ident: $type:ty = $form:expr, $path:literal;)* }) => {
        $(#[$doc])*
        pub mod $module {
            #[allow(unused_imports, reason = "not every kind of element has fields of every form")]
            use $crate::model::xml::field::{Field, Form::{self, Number, OnOff, Present, Size, Text, YesNo}};

            $($(#[$about])* pub const $name: Field<$type> = Field::new($path, $form);)*

            /// All of them, for lists and tests.
            pub const ALL: &[Field<String>] = &[$($name.raw()),*];
        }
    };
}
pub(super) use fields;
