//! Scripts of installers, made by libosinfo's templates.

use std::ffi::CStr;
use std::ptr;

use glib::Object;
use glib::translate::from_glib_full;

use super::database::Database;
use super::entity::{id, items, owned, raw, set, text};
use super::{OP, ffi, media};
use crate::i18n::{tr, tr_f};
use crate::model::creation::unattended::{Setting, Way};
use crate::model::creation::{Unattended, seed};
use crate::model::error::{Kind, VirtError};
use crate::model::iso::Medium;

/// `OsinfoInstallScriptInjectionMethod`.
const CDROM: u32 = 1;
const INITRD: u32 = 1 << 3;
/// `OsinfoInstallScriptInstallationSource`.
const FROM_MEDIA: u32 = 0;
const FROM_NETWORK: u32 = 1;

/// What the templates made.
pub(super) struct Scripts {
    pub(super) way: Way,
    /// Label of the CD that holds them.
    pub(super) label: &'static str,
    /// Names under which the installer looks for them, and their texts.
    pub(super) files: Vec<(String, String)>,
    pub(super) arguments: String,
}

/// Makes the scripts of a profile; `medium` are the descriptors of a medium that is at hand.
pub(super) fn scripts(
    database: &Database,
    wanted: &Unattended,
    setting: &Setting,
    medium: Option<&Medium>,
) -> Result<Scripts, VirtError> {
    let os = database.os(&setting.os).ok_or_else(none)?;
    let medium = medium.and_then(|medium| media::entity(database, medium));
    let scripts = of_profile(&os, medium.as_ref(), &wanted.profile);
    let first = scripts.first().ok_or_else(none)?;
    let windows = text(&os, c"family").as_deref() == Some("winnt");
    // SAFETY: a script of the database.
    let methods = unsafe { ffi::osinfo_install_script_get_injection_methods(raw(first)) };
    let direct = setting.tree.is_some() || setting.medium.is_some();
    let (way, method) = match () {
        () if !windows && direct && methods & INITRD != 0 => (Way::Initrd, INITRD),
        () if methods & CDROM != 0 => (Way::Cdrom, CDROM),
        () => return Err(out_of_reach(methods)),
    };
    if !windows && wanted.account.password.is_empty() {
        // The library would make one up that nobody is told.
        return Err(VirtError::own(Kind::Invalid, OP, missing("user-password")));
    }
    let config = config(wanted, setting, windows)?;
    let mut made = Scripts {
        way,
        // Anaconda and AutoYaST look for a disk of this name by themselves, Windows at every one.
        label: "OEMDRV",
        files: Vec::new(),
        arguments: String::new(),
    };
    for script in &scripts {
        check(script, &config)?;
        let source = if setting.tree.is_some() {
            FROM_NETWORK
        } else {
            FROM_MEDIA
        };
        // SAFETY: a script of the database, which is used on this thread only.
        unsafe {
            ffi::osinfo_install_script_set_preferred_injection_method(raw(script), method);
            ffi::osinfo_install_script_set_installation_source(raw(script), source);
        }
        let name = text(script, c"expected-filename").ok_or_else(none)?;
        let name = if way == Way::Cdrom && name.ends_with(".ks") {
            "ks.cfg".into()
        } else {
            name
        };
        made.files
            .push((name, generated(script, &os, medium.as_ref(), &config)?));
        if way == Way::Initrd {
            let line = command_line(script, &os, medium.as_ref(), &config);
            made.arguments = format!("{} {}", made.arguments, line.trim()).trim().to_owned();
        }
    }
    Ok(made)
}

fn none() -> VirtError {
    VirtError::own(
        Kind::Unsupported,
        OP,
        tr("This operating system can’t be installed without questions."),
    )
}

fn out_of_reach(methods: u32) -> VirtError {
    let why = if methods & INITRD == 0 {
        tr("This installer takes its answers only from a floppy disk, which is not supported.")
    } else {
        tr(
            "This installer takes its answers only together with its kernel. For that, the medium has to be a file on this computer, or the system be installed from a tree.",
        )
    };
    VirtError::own(Kind::Unsupported, OP, why)
}

/// The scripts of a profile; the first profile there is where none is named or it isn't there.
fn of_profile(os: &Object, medium: Option<&Object>, profile: &str) -> Vec<Object> {
    // SAFETY: a system and a medium of the library; the lists are ours.
    let (all, own) = unsafe {
        (
            items(owned(ffi::osinfo_os_get_install_script_list(raw(os)))),
            medium.map(|medium| items(owned(ffi::osinfo_media_get_install_script_list(raw(medium))))),
        )
    };
    let all = own.filter(|own| !own.is_empty()).unwrap_or(all);
    let of = |wanted: &str| -> Vec<Object> {
        let matching = all
            .iter()
            .filter(|script| text(script, c"profile").as_deref() == Some(wanted));
        matching.cloned().collect()
    };
    let found = of(profile);
    if !found.is_empty() {
        return found;
    }
    let first = all.first().and_then(|script| text(script, c"profile"));
    first.map(|profile| of(&profile)).unwrap_or_default()
}

fn config(wanted: &Unattended, setting: &Setting, windows: bool) -> Result<Object, VirtError> {
    // SAFETY: a text that lives; the object is ours.
    let config = unsafe { owned(ffi::osinfo_install_config_new(c"http://libosinfo.org/config".as_ptr())) };
    let config = config.ok_or_else(none)?;
    let account = &wanted.account;
    let name = match account.full_name.trim() {
        "" => account.name.trim(),
        name => name,
    };
    let hostname = match wanted.hostname.trim() {
        "" => seed::hostname(&setting.machine),
        name => name.to_owned(),
    };
    let hostname = match windows {
        // The limit of NetBIOS.
        true => hostname.chars().take(15).collect(),
        false => hostname,
    };
    let language = wanted
        .locale
        .as_deref()
        .map(|locale| locale.split('.').next().unwrap_or(locale));
    let language = language.map(|language| match windows {
        true => language.replace('_', "-"),
        false => language.to_owned(),
    });
    let administrator = if account.name.trim().is_empty() { "" } else { "true" };
    let set_all: [(&CStr, &str); 14] = [
        (c"hardware-arch", &setting.arch),
        (c"target-disk", &setting.disk),
        (c"hostname", &hostname),
        (c"user-login", account.name.trim()),
        (c"user-realname", name),
        (c"user-password", account.password.as_str()),
        (c"admin-password", account.password.as_str()),
        (c"user-admin", administrator),
        (c"l10n-language", language.as_deref().unwrap_or_default()),
        (c"l10n-timezone", wanted.timezone.as_deref().unwrap_or_default()),
        (c"l10n-keyboard", wanted.keyboard.as_deref().unwrap_or_default()),
        (c"reg-product-key", wanted.product_key.as_deref().unwrap_or_default()),
        (c"installation-url", setting.tree.as_deref().unwrap_or_default()),
        (c"driver-signing", "true"),
    ];
    for (key, value) in set_all {
        // Templates write some of these into lines of their own.
        if value.contains(char::is_control) {
            let key = key.to_string_lossy();
            let text = tr_f(
                "An answer for the installer has control characters: {name}",
                &[("name", &key)],
            );
            return Err(VirtError::own(Kind::Invalid, OP, text));
        }
        if !value.is_empty() {
            set(&config, key, value);
        }
    }
    Ok(config)
}

/// Whether all is there that a script has to know.
fn check(script: &Object, config: &Object) -> Result<(), VirtError> {
    // SAFETY: a script; its parameters are kept by it.
    let asked = items(unsafe { super::entity::lent(ffi::osinfo_install_script_get_config_params(raw(script))) });
    for param in asked {
        // SAFETY: a parameter of a script.
        let required = unsafe { ffi::osinfo_install_config_param_is_required(raw(&param)) } != 0;
        let name = id(&param);
        let key = std::ffi::CString::new(name.as_str()).unwrap_or_default();
        if required && text(config, &key).is_none() {
            return Err(VirtError::own(Kind::Invalid, OP, missing(&name)));
        }
    }
    Ok(())
}

fn missing(name: &str) -> String {
    match name {
        "user-login" | "user-realname" => tr("This installer needs a user name."),
        "user-password" | "admin-password" => tr("This installer needs a password."),
        "reg-product-key" => tr("This installer needs a product key."),
        "hostname" => tr("This installer needs a host name."),
        _ => tr_f(
            "This installer needs an answer that is missing: {name}",
            &[("name", name)],
        ),
    }
}

fn generated(script: &Object, os: &Object, medium: Option<&Object>, config: &Object) -> Result<String, VirtError> {
    let mut error = ptr::null_mut();
    // SAFETY: objects of the library that live during the call, on the thread of the database; the text is ours or NULL, and
    // so is the error.
    let (text, error): (Option<String>, Option<glib::Error>) = unsafe {
        let text = match medium {
            Some(medium) => ffi::osinfo_install_script_generate_for_media(
                raw(script),
                raw(medium),
                raw(config),
                ptr::null_mut(),
                &raw mut error,
            ),
            None => {
                ffi::osinfo_install_script_generate(raw(script), raw(os), raw(config), ptr::null_mut(), &raw mut error)
            }
        };
        (from_glib_full(text), (!error.is_null()).then(|| from_glib_full(error)))
    };
    text.ok_or_else(|| {
        let why = error.map(|error| error.message().to_owned()).unwrap_or_default();
        VirtError::own(Kind::Other, OP, why)
    })
}

fn command_line(script: &Object, os: &Object, medium: Option<&Object>, config: &Object) -> String {
    // SAFETY: as for `generated`.
    let line: Option<String> = unsafe {
        from_glib_full(match medium {
            Some(medium) => {
                ffi::osinfo_install_script_generate_command_line_for_media(raw(script), raw(medium), raw(config))
            }
            None => ffi::osinfo_install_script_generate_command_line(raw(script), raw(os), raw(config)),
        })
    };
    line.unwrap_or_default()
}
