//! Reading libosinfo's objects. All of them stay on the thread of the database: `glib::Object` is not `Send`.

use std::ffi::{CStr, CString};

use glib::Object;
use glib::gobject_ffi::GObject;
use glib::translate::{FromGlibPtrContainer, ToGlibPtr, from_glib_full, from_glib_none};

use super::ffi;

/// Takes what a function made for us.
///
/// # Safety
/// `pointer` is NULL or a reference that nobody else gives back.
pub(super) unsafe fn owned(pointer: *mut GObject) -> Option<Object> {
    // SAFETY: the caller promises it.
    unsafe { from_glib_full(pointer) }
}

/// Takes a reference of its own to what a function lent us.
///
/// # Safety
/// `pointer` is NULL or an object that lives during the call.
pub(super) unsafe fn lent(pointer: *mut GObject) -> Option<Object> {
    // SAFETY: the caller promises it.
    unsafe { from_glib_none(pointer) }
}

/// The pointer of an object, valid as long as that lives.
pub(super) fn raw(object: &Object) -> *mut GObject {
    object.to_glib_none().0
}

/// The entries of a list.
pub(super) fn items(list: Option<Object>) -> Vec<Object> {
    let Some(list) = list else { return Vec::new() };
    // SAFETY: a list; an index within its length gives an object that the list keeps, of which we take a reference.
    unsafe {
        let length = ffi::osinfo_list_get_length(raw(&list));
        (0..length)
            .filter_map(|index| lent(ffi::osinfo_list_get_nth(raw(&list), index)))
            .collect()
    }
}

/// The identity of an entity.
pub(super) fn id(entity: &Object) -> String {
    // SAFETY: an entity; the text is its own and copied.
    unsafe { from_glib_none::<_, Option<String>>(ffi::osinfo_entity_get_id(raw(entity))) }.unwrap_or_default()
}

/// A value of an entity; `None` where it is missing or empty.
pub(super) fn text(entity: &Object, key: &CStr) -> Option<String> {
    // SAFETY: an entity and a text that lives; the answer is NULL or belongs to the entity, and is copied.
    let value: Option<String> =
        unsafe { from_glib_none(ffi::osinfo_entity_get_param_value(raw(entity), key.as_ptr())) };
    value.filter(|value| !value.is_empty())
}

/// All values of a name.
pub(super) fn texts(entity: &Object, key: &CStr) -> Vec<String> {
    // SAFETY: an entity and a text that lives; the list is ours and freed, its texts belong to the entity and are copied.
    unsafe { Vec::<String>::from_glib_container(ffi::osinfo_entity_get_param_value_list(raw(entity), key.as_ptr())) }
}

/// A value that is yes or no.
pub(super) fn flag(entity: &Object, key: &CStr) -> Option<bool> {
    text(entity, key).map(|value| matches!(value.as_str(), "true" | "yes" | "1"))
}

/// A number that is not negative: libosinfo says −1 for one that is not known.
pub(super) fn number(entity: &Object, key: &CStr) -> Option<u64> {
    text(entity, key)?.parse().ok()
}

/// Sets a value; one that holds a zero byte can't be, and is left out.
pub(super) fn set(entity: &Object, key: &CStr, value: &str) {
    if let Ok(value) = CString::new(value) {
        // SAFETY: an entity and two texts that live during the call.
        unsafe { ffi::osinfo_entity_set_param(raw(entity), key.as_ptr(), value.as_ptr()) };
    }
}
