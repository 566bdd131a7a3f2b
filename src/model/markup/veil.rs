//! Passwords taken out of a text that is shown and edited, and put back into what is applied.

use zeroize::Zeroizing;

use super::secret::{MASK, secrets};

/// The passwords that a text had, each under a mask of its own. The masks are text: they can be moved, copied and undone like
/// any other, and stand for the same password wherever a password may stand.
#[derive(Clone, Default)]
pub struct Veil(Vec<(String, Zeroizing<String>)>);

impl Veil {
    /// The text with a mask for each password. Masks that are there already stay.
    #[must_use]
    pub fn conceal(&mut self, text: &str) -> String {
        self.replace(text, |veil, value| {
            if veil.secret(value).is_some() {
                return value.to_owned();
            }
            if let Some((mask, _)) = veil.0.iter().find(|(_, known)| known.as_str() == value) {
                return mask.clone();
            }
            let mask = match veil.0.len() {
                0 => MASK.to_owned(),
                count => format!("{MASK}{}", count + 1),
            };
            veil.0.push((mask.clone(), Zeroizing::new(value.to_owned())));
            mask
        })
    }

    /// The text with the passwords for their masks. What is no mask stays: somebody typed it.
    #[must_use]
    pub fn reveal(&mut self, text: &str) -> String {
        self.replace(text, |veil, value| veil.secret(value).unwrap_or(value).to_owned())
    }

    /// Where a mask was edited, so that it stands for nothing any more, in bytes: that must not become a password.
    #[must_use]
    pub fn torn(&self, text: &str) -> Option<usize> {
        secrets(text)
            .into_iter()
            .find(|place| {
                let value = &text[place.clone()];
                value.contains('•') && self.secret(value).is_none() && !self.is_secret(value)
            })
            .map(|place| place.start)
    }

    fn secret(&self, mask: &str) -> Option<&str> {
        let known = self.0.iter().find(|(other, _)| other == mask);
        known.map(|(_, secret)| secret.as_str())
    }

    fn is_secret(&self, value: &str) -> bool {
        self.0.iter().any(|(_, secret)| secret.as_str() == value)
    }

    fn replace(&mut self, text: &str, mut with: impl FnMut(&mut Self, &str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for place in secrets(text) {
            out.push_str(&text[done..place.start]);
            out.push_str(&with(self, &text[place.clone()]));
            done = place.end;
        }
        out.push_str(&text[done..]);
        out
    }
}

/// Without the passwords.
impl std::fmt::Debug for Veil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Veil({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_hidden_comes_back_wherever_its_mask_stands() {
        let mut veil = Veil::default();
        let text = "<a><g passwd='one'/><g passwd='two'/><g passwd='one'/></a>";
        let hidden = veil.conceal(text);
        assert_eq!(
            hidden,
            "<a><g passwd='••••••'/><g passwd='••••••2'/><g passwd='••••••'/></a>"
        );
        assert_eq!(veil.conceal(&hidden), hidden, "a mask is not hidden again");
        assert_eq!(veil.reveal(&hidden), text);
        let moved = "<a><x password=\"••••••2\"/><y z='••••••2'/></a>";
        assert_eq!(veil.reveal(moved), "<a><x password=\"two\"/><y z='••••••2'/></a>");
        assert_eq!(format!("{veil:?}"), "Veil(2)");
    }

    #[test]
    fn a_mask_that_was_edited_is_no_password() {
        let mut veil = Veil::default();
        let hidden = veil.conceal("<g passwd='one'/>");
        assert_eq!(veil.torn(&hidden), None);
        assert_eq!(veil.torn("<g passwd='•••••'/>"), Some(11));
        assert_eq!(veil.torn("<g passwd='••••••new'/>"), Some(11));
        assert_eq!(veil.torn("<g passwd='new'/><n a='•'/>"), None);
        // A password that really is of dots.
        let real = veil.conceal("<g passwd='•••'/>");
        assert_eq!(veil.torn(&real), None);
        assert_eq!(veil.reveal(&real), "<g passwd='•••'/>");
    }
}
