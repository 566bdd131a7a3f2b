//! Images that are made in a storage pool.

use super::PoolFact;
use crate::model::xml::escape;

/// An image to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImage {
    /// Name of the pool.
    pub pool: String,
    /// Name in the pool.
    pub name: String,
    /// Format; `None` where the pool gives plain space.
    pub format: Option<String>,
    /// Size that a guest sees, in bytes.
    pub capacity: u64,
}

impl NewImage {
    /// The description that libvirt makes it from. It takes no more space than what is written into it, where the pool can
    /// do that.
    #[must_use]
    pub fn xml(&self) -> String {
        // Plain space of a volume group that takes less than its size is lost when that is full.
        let allocation = self
            .format
            .as_ref()
            .map_or("", |_| "<allocation unit='bytes'>0</allocation>");
        let target = self.format.as_ref().map(|format| {
            let format = escape(format);
            format!("<target><format type='{format}'/></target>")
        });
        format!(
            "<volume><name>{}</name><capacity unit='bytes'>{}</capacity>{allocation}{}</volume>",
            escape(&self.name),
            self.capacity,
            target.unwrap_or_default()
        )
    }
}

impl PoolFact {
    /// Whether images can be made in it.
    #[must_use]
    pub fn takes_images(&self) -> bool {
        let kinds = ["dir", "fs", "netfs", "logical", "rbd", "zfs", "sheepdog", "vstorage"];
        self.active && kinds.contains(&self.kind.as_str())
    }

    /// Whether its volumes are files, which grow with what is written.
    #[must_use]
    pub fn holds_files(&self) -> bool {
        matches!(self.kind.as_str(), "dir" | "fs" | "netfs" | "vstorage")
    }

    /// Formats that images in it can have, best first; empty where it gives plain space.
    #[must_use]
    pub fn image_formats(&self) -> &'static [&'static str] {
        match self.kind.as_str() {
            "dir" | "fs" | "netfs" | "vstorage" => &["qcow2", "raw"],
            _ => &[],
        }
    }

    /// A name for an image of a machine that none of these has.
    #[must_use]
    pub fn image_name(&self, machine: &str, format: Option<&str>, taken: &[&str]) -> String {
        let plain = |c: char| if c == '/' || c.is_control() { '-' } else { c };
        let stem: String = machine.chars().map(plain).collect();
        let ending = match format {
            None => "",
            Some("raw") => ".img",
            Some(_) => ".qcow2",
        };
        let stem = stem.trim_start_matches('.');
        let stem = if stem.is_empty() { "disk" } else { stem };
        let names = (0_u32..).map(|number| match number {
            0 => format!("{stem}{ending}"),
            number => format!("{stem}-{number}{ending}"),
        });
        let mut free = names.filter(|name| !taken.contains(&name.as_str()));
        free.next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_free_and_no_paths() {
        let pool = PoolFact::default();
        assert_eq!(pool.image_name("web", Some("qcow2"), &[]), "web.qcow2");
        let taken = ["web.qcow2", "web-1.qcow2"];
        assert_eq!(pool.image_name("web", Some("qcow2"), &taken), "web-2.qcow2");
        assert_eq!(pool.image_name("../a/b", Some("raw"), &[]), "-a-b.img");
        assert_eq!(pool.image_name("..", None, &[]), "disk");
    }

    #[test]
    fn description_says_what_was_chosen() {
        let image = NewImage {
            pool: "default".to_owned(),
            name: "a & b".to_owned(),
            format: Some("qcow2".to_owned()),
            capacity: 20 << 30,
        };
        assert_eq!(
            image.xml(),
            "<volume><name>a &amp; b</name><capacity unit='bytes'>21474836480</capacity>\
             <allocation unit='bytes'>0</allocation><target><format type='qcow2'/></target></volume>"
        );
        let plain = NewImage { format: None, ..image };
        assert!(!plain.xml().contains("target"));
    }
}
