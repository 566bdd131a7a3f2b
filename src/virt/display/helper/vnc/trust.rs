//! Whom to trust.
//!
//! `gvnc` takes authorities and certificates from fixed places (`/etc/pki`, then `~/.pki`) and has no way to name others. So
//! the functions of GnuTLS by which it reads those files are taken over here: a symbol of the program itself comes before
//! that of a library. Where Vireo was told files, these are read; everywhere else the library's own function is called.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::sync::OnceLock;

use crate::wire::Tls;

/// The files to use instead.
static GIVEN: OnceLock<Files> = OnceLock::new();
const PEM: c_uint = 1;
/// GnuTLS: a file could not be read.
const FILE_ERROR: c_int = -64;

struct Files {
    authorities: Option<CString>,
    revoked: Option<CString>,
    own: Option<(CString, CString)>,
}

type TrustFile = unsafe extern "C" fn(*mut c_void, *const c_char, c_uint) -> c_int;
type SystemTrust = unsafe extern "C" fn(*mut c_void) -> c_int;
type KeyFile = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, c_uint) -> c_int;

/// Remembers the files of this display, before it connects.
pub fn remember(tls: &Tls) {
    let path = |path: &str| CString::new(path).ok().filter(|path| !path.is_empty());
    let files = Files {
        authorities: path(&tls.ca),
        revoked: path(&tls.crl),
        own: path(&tls.certificate).zip(path(&tls.key)),
    };
    // A second attempt has the same.
    let _ = GIVEN.set(files);
}

/// The library's own function of this name.
fn original(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: looks a name up behind this program; loads nothing.
    let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

fn trust_file(credentials: *mut c_void, path: *const c_char, kind: c_uint) -> c_int {
    let Some(found) = original(c"gnutls_certificate_set_x509_trust_file") else {
        return FILE_ERROR;
    };
    // SAFETY: that function has this type.
    let function: TrustFile = unsafe { std::mem::transmute(found) };
    // SAFETY: the arguments are those of the caller, or a text that lives for ever.
    unsafe { function(credentials, path, kind) }
}

fn crl_file(credentials: *mut c_void, path: *const c_char, kind: c_uint) -> c_int {
    let Some(found) = original(c"gnutls_certificate_set_x509_crl_file") else {
        return FILE_ERROR;
    };
    // SAFETY: that function has this type.
    let function: TrustFile = unsafe { std::mem::transmute(found) };
    // SAFETY: as above.
    unsafe { function(credentials, path, kind) }
}

fn key_file(credentials: *mut c_void, certificate: *const c_char, key: *const c_char, kind: c_uint) -> c_int {
    let Some(found) = original(c"gnutls_certificate_set_x509_key_file") else {
        return FILE_ERROR;
    };
    // SAFETY: that function has this type.
    let function: KeyFile = unsafe { std::mem::transmute(found) };
    // SAFETY: as above.
    unsafe { function(credentials, certificate, key, kind) }
}

/// Sets the files that were given; `None` if there are none. `gvnc` asks for authorities each time, for the rest only where
/// it has found some itself.
fn given(credentials: *mut c_void) -> Option<c_int> {
    let files = GIVEN.get()?;
    let mut result = None;
    if let Some((certificate, key)) = &files.own {
        let done = key_file(credentials, certificate.as_ptr(), key.as_ptr(), PEM);
        if done < 0 {
            return Some(done);
        }
    }
    if let Some(revoked) = &files.revoked {
        let done = crl_file(credentials, revoked.as_ptr(), PEM);
        if done < 0 {
            return Some(done);
        }
    }
    if let Some(authorities) = &files.authorities {
        result = Some(trust_file(credentials, authorities.as_ptr(), PEM));
    }
    result
}

/// Stands before the function of GnuTLS.
///
/// # Safety
/// As for that one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gnutls_certificate_set_x509_trust_file(
    credentials: *mut c_void,
    path: *const c_char,
    kind: c_uint,
) -> c_int {
    given(credentials).unwrap_or_else(|| trust_file(credentials, path, kind))
}

/// Stands before the function of GnuTLS.
///
/// # Safety
/// As for that one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gnutls_certificate_set_x509_system_trust(credentials: *mut c_void) -> c_int {
    given(credentials).unwrap_or_else(|| {
        let Some(found) = original(c"gnutls_certificate_set_x509_system_trust") else {
            return FILE_ERROR;
        };
        // SAFETY: that function has this type, and the argument is the caller's.
        unsafe { std::mem::transmute::<*mut c_void, SystemTrust>(found)(credentials) }
    })
}

/// Stands before the function of GnuTLS.
///
/// # Safety
/// As for that one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gnutls_certificate_set_x509_key_file(
    credentials: *mut c_void,
    certificate: *const c_char,
    key: *const c_char,
    kind: c_uint,
) -> c_int {
    if GIVEN.get().is_some_and(|files| files.own.is_some()) {
        return 0;
    }
    key_file(credentials, certificate, key, kind)
}

/// Stands before the function of GnuTLS.
///
/// # Safety
/// As for that one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gnutls_certificate_set_x509_crl_file(
    credentials: *mut c_void,
    path: *const c_char,
    kind: c_uint,
) -> c_int {
    if GIVEN.get().is_some_and(|files| files.revoked.is_some()) {
        return 0;
    }
    crl_file(credentials, path, kind)
}
