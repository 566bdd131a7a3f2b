//! What a medium or a tree is, asked of the database.

use std::ffi::CString;
use std::ptr;

use glib::Object;

use super::database::Database;
use super::entity::{flag, id, items, number, owned, raw, set, text};
use super::ffi;
use crate::model::iso::Medium;
use crate::model::os::{Recognised, guess};

/// What the descriptors of a medium stand for; from its label where the database does not know it.
pub(super) fn medium(database: &Database, medium: &Medium) -> Option<Recognised> {
    known(database, medium)
        .or_else(|| guess::by_name(&database.all(), &medium.volume))
        .map(|recognised| Recognised {
            label: Some(medium.volume.clone()).filter(|label| !label.is_empty()),
            ..recognised
        })
}

/// The medium as the library has it, identified.
pub(super) fn entity(database: &Database, medium: &Medium) -> Option<Object> {
    // SAFETY: two texts that live during the call, the second may be NULL; the medium is ours.
    let entity = unsafe { owned(ffi::osinfo_media_new(c"medium".as_ptr(), ptr::null())) }?;
    for (key, value) in [
        (c"volume-id", &medium.volume),
        (c"system-id", &medium.system),
        (c"publisher-id", &medium.publisher),
        (c"application-id", &medium.application),
        (c"volume-size", &medium.size.to_string()),
    ] {
        if !value.is_empty() {
            set(&entity, key, value);
        }
    }
    // SAFETY: database and medium live; the library writes what it found into the medium.
    let known = unsafe { ffi::osinfo_db_identify_media(database.raw(), raw(&entity)) } != 0;
    known.then_some(entity)
}

fn known(database: &Database, medium: &Medium) -> Option<Recognised> {
    let entity = entity(database, medium)?;
    // SAFETY: a medium that was identified; the system is ours or NULL.
    let os = unsafe { owned(ffi::osinfo_media_get_os(raw(&entity))) }?;
    // SAFETY: as above; the list is ours.
    let scripts = unsafe {
        match ffi::osinfo_media_supports_installer_script(raw(&entity)) {
            0 => Vec::new(),
            _ => {
                let own = items(owned(ffi::osinfo_media_get_install_script_list(raw(&entity))));
                let all = || items(owned(ffi::osinfo_os_get_install_script_list(raw(&os))));
                if own.is_empty() { all() } else { own }
            }
        }
    };
    let installs = flag(&entity, c"installer").unwrap_or(true);
    let restarts = number(&entity, c"installer-reboots").unwrap_or(1).saturating_sub(1);
    Some(Recognised {
        os: id(&os),
        live: flag(&entity, c"live").unwrap_or(false),
        restarts: u32::try_from(restarts).unwrap_or(0).min(10),
        scripted: installs && !scripts.is_empty(),
        ..place(&entity)
    })
}

/// What a tree stands for, by its `.treeinfo`.
pub(super) fn tree(database: &Database, treeinfo: &str, url: &str) -> Option<Recognised> {
    let (treeinfo, location) = (CString::new(treeinfo).ok()?, CString::new(url).ok()?);
    let mut error = ptr::null_mut();
    // SAFETY: texts that live; the tree is ours or NULL. The library reads the error without asking whether it was wanted; it
    // is ours and freed.
    let entity = unsafe {
        let entity = owned(ffi::osinfo_tree_create_from_treeinfo(
            treeinfo.as_ptr(),
            location.as_ptr(),
            &raw mut error,
        ));
        if !error.is_null() {
            glib::ffi::g_error_free(error);
        }
        entity
    }?;
    // SAFETY: database and tree live; the system is ours or NULL.
    let os = unsafe {
        match ffi::osinfo_db_identify_tree(database.raw(), raw(&entity)) {
            0 => None,
            _ => owned(ffi::osinfo_tree_get_os(raw(&entity))),
        }
    };
    let told = place(&entity);
    let Some(os) = os else {
        let family = text(&entity, c"treeinfo-family").unwrap_or_default();
        let version = text(&entity, c"treeinfo-version").unwrap_or_default();
        let guessed = guess::by_name(&database.all(), &format!("{family} {version}"))?;
        return Some(Recognised {
            os: guessed.os,
            guess: true,
            newer: guessed.newer,
            ..told
        });
    };
    // SAFETY: an operating system; the list is ours.
    let scripts = items(unsafe { owned(ffi::osinfo_os_get_install_script_list(raw(&os))) });
    Some(Recognised {
        os: id(&os),
        scripted: !scripts.is_empty(),
        ..told
    })
}

/// What medium and tree tell alike.
fn place(entity: &Object) -> Recognised {
    Recognised {
        arch: text(entity, c"architecture")
            .or_else(|| text(entity, c"treeinfo-arch"))
            .filter(|arch| arch != "all"),
        kernel: text(entity, c"kernel"),
        initrd: text(entity, c"initrd"),
        ..Recognised::default()
    }
}
