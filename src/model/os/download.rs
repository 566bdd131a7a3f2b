//! What the database of operating systems knows to download: installation media, and images of a cloud.

use crate::model::os::{Offer, Os, Recognised};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A medium to install from or to try.
    Medium,
    /// A disk image that cloud-init sets up.
    CloudImage,
}

/// Something to download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The operating system, by its identity.
    pub os: String,
    /// Its name.
    pub name: String,
    /// Name of the file.
    pub file: String,
    /// Name of the server.
    pub server: String,
    /// Address.
    pub url: String,
    /// It is a medium that runs without being installed.
    pub live: bool,
    /// It gets corrections.
    pub supported: bool,
    /// The day on which its support ended or will end, `2028-06-30`.
    pub ends: Option<String>,
}

/// What the operating systems offer for machines of an architecture: the supported ones of a day (`2026-11-21`) first, else in
/// the order of `all`.
#[must_use]
pub fn downloads(all: &[Os], arch: &str, wanted: Wanted, today: &str) -> Vec<Download> {
    let mut found = Vec::new();
    for os in all {
        for offer in offers(os, wanted).iter().filter(|offer| fits(offer, arch, wanted)) {
            let Some((server, file)) = parts(&offer.url) else {
                continue;
            };
            found.push(Download {
                os: os.id.clone(),
                name: os.name.clone(),
                file: file.to_owned(),
                server: server.to_owned(),
                url: offer.url.clone(),
                live: offer.live,
                supported: os.is_supported(today),
                ends: os.ends.clone(),
            });
        }
    }
    found.sort_by_key(|download| !download.supported);
    found
}

/// The first thing that an operating system offers, by its address.
#[must_use]
pub fn first<'a>(os: &'a Os, arch: &str, wanted: Wanted) -> Option<&'a str> {
    let mut fitting = offers(os, wanted).iter().filter(|offer| fits(offer, arch, wanted));
    fitting
        .find(|offer| parts(&offer.url).is_some())
        .map(|offer| offer.url.as_str())
}

fn offers(os: &Os, wanted: Wanted) -> &[Offer] {
    match wanted {
        Wanted::Medium => &os.media,
        Wanted::CloudImage => &os.images,
    }
}

/// Those in whose name, file or server each word stands.
#[must_use]
pub fn search<'a>(all: &'a [Download], words: &str) -> Vec<&'a Download> {
    let words = words.to_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    let has = |download: &&Download| {
        let text = format!("{} {} {}", download.name, download.file, download.server).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    all.iter().filter(has).collect()
}

/// What stands at an address, where the database names that very address.
#[must_use]
pub fn recognise(all: &[Os], url: &str) -> Option<Recognised> {
    all.iter().find_map(|os| {
        let offer = os.media.iter().chain(&os.images).find(|offer| offer.url == url)?;
        Some(Recognised {
            os: os.id.clone(),
            arch: Some(offer.arch.clone()).filter(|arch| !matches!(arch.as_str(), "" | "all")),
            live: offer.live,
            kernel: offer.kernel.clone(),
            initrd: offer.initrd.clone(),
            ..Recognised::default()
        })
    })
}

/// Whether it can be used as it comes: what is packed, in another format or no file at all is left out.
fn fits(offer: &Offer, arch: &str, wanted: Wanted) -> bool {
    let endings: &[&str] = match wanted {
        Wanted::Medium => &["iso", "img"],
        Wanted::CloudImage => &["qcow2", "img", "raw"],
    };
    let ending = offer.url.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    (offer.arch == arch || offer.arch == "all")
        && endings.contains(&ending.as_str())
        && (wanted == Wanted::Medium || offer.cloud_init)
}

/// Server and file of an address that can be fetched.
fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (server, path) = rest.split_once('/')?;
    let file = path.rsplit('/').next().unwrap_or(path);
    (!server.is_empty() && !file.is_empty()).then_some((server, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-11-21";

    fn offer(url: &str, arch: &str) -> Offer {
        Offer {
            url: url.into(),
            arch: arch.into(),
            cloud_init: true,
            ..Offer::default()
        }
    }

    fn systems() -> Vec<Os> {
        let os = |id: &str, name: &str, ends: &str| Os {
            id: id.into(),
            name: name.into(),
            released: Some("2020-01-01".into()),
            ends: Some(ends.into()),
            ..Os::default()
        };
        vec![
            Os {
                media: vec![
                    offer("https://example.org/old/Old-netinst.iso", "x86_64"),
                    offer("https://example.org/old/old.tar.gz", "x86_64"),
                ],
                ..os("old", "Old 3", "2023-01-01")
            },
            Os {
                media: vec![
                    offer("https://mirror.example.net/New-server.ISO", "x86_64"),
                    offer("https://mirror.example.net/New-arm.iso", "aarch64"),
                    offer("ftp://mirror.example.net/New-ftp.iso", "x86_64"),
                    Offer {
                        live: true,
                        kernel: Some("vmlinuz".into()),
                        ..offer("http://mirror.example.net/New-live.iso", "all")
                    },
                ],
                images: vec![
                    offer("docker://quay.example.org/new:5", "x86_64"),
                    offer("https://mirror.example.net/new.vmdk", "x86_64"),
                    Offer {
                        cloud_init: false,
                        ..offer("https://mirror.example.net/plain.qcow2", "x86_64")
                    },
                    offer("https://mirror.example.net/new.qcow2", "x86_64"),
                ],
                ..os("new", "New 5", "2030-01-01")
            },
        ]
    }

    #[test]
    fn downloads_are_what_can_be_used_as_it_comes_and_the_supported_ones_come_first() {
        let media = downloads(&systems(), "x86_64", Wanted::Medium, TODAY);
        let files: Vec<&str> = media.iter().map(|download| download.file.as_str()).collect();
        assert_eq!(files, ["New-server.ISO", "New-live.iso", "Old-netinst.iso"]);
        assert_eq!(
            (media[0].server.as_str(), media[0].supported),
            ("mirror.example.net", true)
        );
        assert_eq!(
            (media[2].supported, media[2].ends.as_deref()),
            (false, Some("2023-01-01"))
        );
        let arm = downloads(&systems(), "aarch64", Wanted::Medium, TODAY);
        assert_eq!(arm.len(), 2);
        // A container, another format and an image without cloud-init are no cloud image for us.
        let images = downloads(&systems(), "x86_64", Wanted::CloudImage, TODAY);
        let files: Vec<&str> = images.iter().map(|download| download.file.as_str()).collect();
        assert_eq!(files, ["new.qcow2"]);
        let first = first(&systems()[1], "x86_64", Wanted::CloudImage).map(str::to_owned);
        assert_eq!(first.as_deref(), Some("https://mirror.example.net/new.qcow2"));
    }

    #[test]
    fn downloads_are_found_by_words() {
        let media = downloads(&systems(), "x86_64", Wanted::Medium, TODAY);
        let found = |words| search(&media, words).len();
        assert_eq!(
            (found(""), found("new 5"), found("LIVE new"), found("old live")),
            (3, 2, 1, 0)
        );
    }

    #[test]
    fn an_address_of_the_database_is_known_for_sure() {
        let known = recognise(&systems(), "http://mirror.example.net/New-live.iso").unwrap();
        assert_eq!((known.os.as_str(), known.live, known.guess), ("new", true, false));
        assert_eq!((known.kernel.as_deref(), known.arch), (Some("vmlinuz"), None));
        assert_eq!(recognise(&systems(), "http://mirror.example.net/"), None);
    }
}
