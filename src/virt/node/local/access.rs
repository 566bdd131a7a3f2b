//! Who gets where in the file system.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Right to pass through a folder.
const PASS: u32 = 1;
/// What an entry of an access list is about (`ACL_USER`, `ACL_MASK` … of the kernel's `posix_acl.h`).
const USER_OBJECT: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP_OBJECT: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

/// Whether this process may read and write a file.
pub(super) fn writable(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else {
        return false;
    };
    // SAFETY: a text of ours that lives during the call.
    unsafe { libc::access(path.as_ptr(), libc::R_OK | libc::W_OK) == 0 }
}

/// The first folder on the way to this one, itself included, that a user with these groups may not enter; `None` where the
/// way is open or cannot be judged from here.
pub(super) fn closed(folder: &Path, user: u32, groups: &[u32]) -> Option<PathBuf> {
    let mut way: Vec<&Path> = folder.ancestors().collect();
    way.reverse();
    for step in way {
        // What is missing, or what this user can't look at, says nothing.
        let meta = std::fs::metadata(step).ok()?;
        let rights = list(step).map_or_else(
            || rights(meta.mode(), (meta.uid(), meta.gid()), user, groups),
            |list| listed(&list, (meta.uid(), meta.gid()), meta.mode(), user, groups),
        );
        if meta.is_dir() && rights & PASS == 0 {
            return Some(step.to_owned());
        }
    }
    None
}

/// What the mode of a file gives a user.
fn rights(mode: u32, owner: (u32, u32), user: u32, groups: &[u32]) -> u32 {
    if user == owner.0 {
        mode >> 6
    } else if groups.contains(&owner.1) {
        mode >> 3
    } else {
        mode
    }
}

/// The access list of a file as the kernel keeps it; `None` where it has none beyond its mode.
fn list(path: &Path) -> Option<Vec<u8>> {
    let path = CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut bytes = vec![0u8; 4096];
    // SAFETY: texts of ours that live during the call, and a buffer of that size.
    let size = unsafe {
        libc::getxattr(
            path.as_ptr(),
            c"system.posix_acl_access".as_ptr(),
            bytes.as_mut_ptr().cast(),
            bytes.len(),
        )
    };
    bytes.truncate(usize::try_from(size).ok().filter(|size| *size >= 4)?);
    Some(bytes)
}

/// What an access list gives a user: entries of kind, rights and number behind a version.
fn listed(list: &[u8], owner: (u32, u32), mode: u32, user: u32, groups: &[u32]) -> u32 {
    let entries = list.get(4..).unwrap_or_default().chunks_exact(8).map(|entry| {
        let kind = u16::from_le_bytes([entry[0], entry[1]]);
        let rights = u32::from(u16::from_le_bytes([entry[2], entry[3]]));
        let id = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
        (kind, rights, id)
    });
    let entries: Vec<_> = entries.collect();
    let mask = entries.iter().find(|entry| entry.0 == MASK).map_or(7, |entry| entry.1);
    let of = |kind: u16| entries.iter().find(|entry| entry.0 == kind).map(|entry| entry.1);
    if user == owner.0 {
        return of(USER_OBJECT).unwrap_or(mode >> 6);
    }
    if let Some(entry) = entries.iter().find(|entry| entry.0 == USER && entry.2 == user) {
        return entry.1 & mask;
    }
    let mut of_groups = entries.iter().filter(|entry| match entry.0 {
        GROUP_OBJECT => groups.contains(&owner.1),
        GROUP => groups.contains(&entry.2),
        _ => false,
    });
    match of_groups.next() {
        Some(first) => of_groups.fold(first.1, |rights, entry| rights | entry.1) & mask,
        None => mode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_groups_and_others_have_their_own_rights() {
        let owner = (10, 20);
        assert_eq!(rights(0o710, owner, 10, &[]) & PASS, 1);
        assert_eq!(rights(0o710, owner, 11, &[20]) & PASS, 1);
        assert_eq!(rights(0o710, owner, 11, &[21]) & PASS, 0);
        // Who is the owner is no member of others.
        assert_eq!(rights(0o077, owner, 10, &[20]) & PASS, 0);
    }

    #[test]
    fn access_list_lets_one_user_pass() {
        let mut bytes = 2u32.to_le_bytes().to_vec();
        for (kind, rights, id) in [
            (USER_OBJECT, 7u16, u32::MAX),
            (USER, 1, 64055),
            (GROUP_OBJECT, 0, u32::MAX),
            (MASK, 1, u32::MAX),
        ] {
            bytes.extend(kind.to_le_bytes());
            bytes.extend(rights.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        let may = |user, groups: &[u32]| listed(&bytes, (1000, 1000), 0o710, user, groups) & PASS;
        assert_eq!(may(64055, &[105]), 1);
        assert_eq!(may(64056, &[105]), 0);
        assert_eq!(may(64056, &[1000]), 0);
        assert_eq!(may(1000, &[]), 1);
    }

    #[test]
    fn first_closed_folder_on_the_way_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("open");
        let (home, images) = (folder.path().join("home"), folder.path().join("home/images"));
        std::fs::create_dir_all(&images).expect("folders");
        let stranger = 4_000_000;
        let answer = || closed(&images, stranger, &[stranger]);
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).expect("open");
        // Where tests run in a closed folder themselves, that one is named.
        if answer().is_none() {
            std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700)).expect("closed");
            assert_eq!(answer().as_deref(), Some(home.as_path()));
        }
    }
}
