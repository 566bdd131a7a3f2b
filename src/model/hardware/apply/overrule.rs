//! Ours against theirs, where the user has seen both and wants ours.

use crate::model::xml::{Conflict, Document, Refused, merge};

/// `current` with everything that `edited` has changed since `base`, ours where both changed the same places.
///
/// # Errors
/// Where one of the texts is no XML, or the two cannot be brought together.
pub fn overrule(base: &str, edited: &str, current: &str, conflicts: &[Conflict]) -> Result<String, Refused> {
    let (mut base, edited, current) = (
        Document::parse(base)?,
        Document::parse(edited)?,
        Document::parse(current)?,
    );
    // As if we had begun with theirs at these places: only ours is a change there then.
    for conflict in conflicts {
        let root = base.root();
        base.carry(root, &conflict.place, &current, current.root())?;
    }
    match merge(&base, &edited, &current) {
        Ok(merged) => Ok(merged.to_string()),
        Err(left) => Err(Refused(
            left.into_iter()
                .map(|conflict| conflict.place)
                .collect::<Vec<_>>()
                .join(", "),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mine_wins_where_both_changed_and_the_rest_of_theirs_stays() {
        let machine = |title: &str, cache: &str, memory: u32| {
            format!(
                "<domain type='test'>\n  <name>vm</name>\n  <title>{title}</title>\n  <memory>{memory}</memory>\n  <devices>\n    \
                 <disk type='file' device='disk'>\n      <driver name='qemu' cache='{cache}'/>\n      <target dev='vda'/>\n    \
                 </disk>\n  </devices>\n</domain>\n"
            )
        };
        let (base, ours, theirs) = (
            machine("old", "none", 1),
            machine("mine", "writeback", 1),
            machine("theirs", "unsafe", 2),
        );
        let read = |text: &str| Document::parse(text).expect("XML");
        let conflicts = merge(&read(&base), &read(&ours), &read(&theirs)).expect_err("both changed two places");
        assert_eq!(conflicts.len(), 2, "{conflicts:?}");
        let merged = overrule(&base, &ours, &theirs, &conflicts).expect("brought together");
        assert_eq!(merged, machine("mine", "writeback", 2));
    }

    #[test]
    fn a_device_that_others_removed_comes_back_as_i_want_it() {
        let machine =
            |disk: &str| format!("<domain type='test'>\n  <name>vm</name>\n  <devices>{disk}</devices>\n</domain>\n");
        let disk = |cache: &str| format!("<disk type='file'><driver cache='{cache}'/><target dev='vda'/></disk>");
        let (base, ours, theirs) = (machine(&disk("none")), machine(&disk("unsafe")), machine(""));
        let read = |text: &str| Document::parse(text).expect("XML");
        let conflicts = merge(&read(&base), &read(&ours), &read(&theirs)).expect_err("changed and removed");
        let merged = overrule(&base, &ours, &theirs, &conflicts).expect("brought together");
        assert!(merged.contains("cache='unsafe'"), "{merged}");
    }
}
