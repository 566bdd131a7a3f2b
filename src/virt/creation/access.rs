//! Whether the user that a hypervisor runs as reaches a file of this computer. libvirt gives it the file itself, but not the
//! folders above.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::model::xml::object::Capabilities;

/// Attribute of the access control list of a file.
const ACL: &str = "system.posix_acl_access";
const MAY_ENTER: u16 = 1;

/// The user that machines run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    /// Name, the number where it has none.
    pub(super) name: String,
    user: u32,
    group: u32,
}

impl Reader {
    /// As the capabilities tell: the label of the security model `dac`, `+64055:+64055`. `None` for root, who may read
    /// everything, and where nothing is told: then machines run as the user of the connection.
    pub(super) fn of(capabilities: &Capabilities, hypervisor: &str) -> Option<Self> {
        let document = capabilities.document();
        let host = document.child(document.root(), "host")?;
        let mut models = document.children_named(host, "secmodel");
        let model = models.find(|id| document.value(*id, "model").as_deref() == Some("dac"))?;
        let of_type = |id| document.attribute(id, "type").is_none_or(|kind| kind == hypervisor);
        let label = document.children_named(model, "baselabel").find(|id| of_type(*id))?;
        let text = document.text(label);
        let (user, group) = text.trim().split_once(':')?;
        let number = |text: &str| text.strip_prefix('+').unwrap_or(text).parse::<u32>().ok();
        let (user, group) = (number(user)?, number(group)?);
        if user == 0 {
            return None;
        }
        let people = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = people.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == user.to_string()).then(|| name.to_owned())
        });
        Some(Self {
            name: name.unwrap_or_else(|| user.to_string()),
            user,
            group,
        })
    }
}

/// The folders above a file that the reader may not enter, from the top.
pub(super) fn closed_folders(path: &str, reader: &Reader) -> Vec<String> {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let mut folders: Vec<&Path> = real.ancestors().skip(1).collect();
    folders.reverse();
    let closed = folders.into_iter().filter(|folder| !may_enter(folder, reader));
    closed.map(|folder| folder.display().to_string()).collect()
}

/// The command that lets the reader through a folder.
pub(super) fn grant(reader: &Reader, folder: &str) -> String {
    let folder = glib::shell_quote(folder);
    format!("setfacl -m u:{}:x {}", reader.name, folder.to_string_lossy())
}

fn may_enter(folder: &Path, reader: &Reader) -> bool {
    // What can't be looked at is not judged.
    let Ok(about) = fs::metadata(folder) else { return true };
    let mode = about.mode();
    let by_mode = if about.uid() == reader.user {
        mode & 0o100
    } else if about.gid() == reader.group {
        mode & 0o010
    } else {
        mode & 0o001
    };
    let mut list = vec![0; 4096];
    let length = rustix::fs::getxattr(folder, ACL, &mut list).unwrap_or(0);
    by_list(&list[..length], reader).unwrap_or(by_mode != 0)
}

/// What an access control list says about the reader; `None` where it does not name him.
fn by_list(list: &[u8], reader: &Reader) -> Option<bool> {
    const USER: u16 = 0x02;
    const GROUP: u16 = 0x08;
    const MASK: u16 = 0x10;
    let entries: Vec<(u16, u16, u32)> = list
        .get(4..)?
        .chunks_exact(8)
        .map(|entry| {
            let short = |at: usize| u16::from_le_bytes([entry[at], entry[at + 1]]);
            let id = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            (short(0), short(2), id)
        })
        .collect();
    let mask = entries
        .iter()
        .find(|(tag, ..)| *tag == MASK)
        .map_or(7, |(_, rights, _)| *rights);
    let named = |tag: u16, id: u32| entries.iter().find(|entry| entry.0 == tag && entry.2 == id);
    let (_, rights, _) = named(USER, reader.user).or_else(|| named(GROUP, reader.group))?;
    Some(rights & mask & MAY_ENTER != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn reader() -> Reader {
        Reader {
            name: "libvirt-qemu".to_owned(),
            user: 64055,
            group: 64055,
        }
    }

    #[test]
    fn a_closed_folder_is_named_with_the_command_that_opens_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("my home");
        fs::create_dir(&home).unwrap();
        for (path, mode) in [(folder.path(), 0o755), (home.as_path(), 0o700)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let image = home.join("disk.img");
        fs::write(&image, "x").unwrap();
        let closed = closed_folders(image.to_str().unwrap(), &reader());
        assert_eq!(closed, [home.display().to_string()]);
        assert_eq!(
            grant(&reader(), &closed[0]),
            format!("setfacl -m u:libvirt-qemu:x '{}'", home.display())
        );
        fs::set_permissions(&home, fs::Permissions::from_mode(0o711)).unwrap();
        assert!(closed_folders(image.to_str().unwrap(), &reader()).is_empty());
    }

    #[test]
    fn a_list_decides_before_the_mode_does() {
        let entry = |tag: u16, rights: u16, id: u32| {
            let mut bytes = tag.to_le_bytes().to_vec();
            bytes.extend(rights.to_le_bytes());
            bytes.extend(id.to_le_bytes());
            bytes
        };
        let list = |entries: &[Vec<u8>]| [vec![2, 0, 0, 0], entries.concat()].concat();
        let named = list(&[entry(1, 7, u32::MAX), entry(2, 1, 64055), entry(0x10, 5, u32::MAX)]);
        assert_eq!(by_list(&named, &reader()), Some(true));
        let masked = list(&[entry(2, 1, 64055), entry(0x10, 4, u32::MAX)]);
        assert_eq!(by_list(&masked, &reader()), Some(false));
        let other = list(&[entry(2, 1, 1000)]);
        assert_eq!(by_list(&other, &reader()), None);
        assert_eq!(by_list(&[], &reader()), None);
    }

    #[test]
    fn the_hypervisors_user_is_in_the_capabilities() {
        let capabilities = |label: &str| {
            let text = format!(
                "<capabilities><host><secmodel><model>dac</model><doi>0</doi>\
                 <baselabel type='kvm'>{label}</baselabel></secmodel></host></capabilities>"
            );
            Capabilities::parse(&text).unwrap()
        };
        let found = Reader::of(&capabilities("+4294901760:+4294901761"), "kvm").unwrap();
        assert_eq!(
            (found.user, found.group, found.name.as_str()),
            (4_294_901_760, 4_294_901_761, "4294901760")
        );
        assert_eq!(Reader::of(&capabilities("+0:+0"), "kvm"), None);
        assert_eq!(Reader::of(&capabilities("+1:+1"), "qemu"), None);
    }
}
