//! Settings as libvirt's typed parameters.

use std::ptr;

use crate::model::action::Setting;
use crate::virt::connection::{Result, c_string};
use crate::virt::error::last_error;
use crate::virt::sys;

/// A list of parameters that libvirt made; freed with what it holds.
pub(super) struct Parameters {
    raw: sys::virTypedParameterPtr,
    count: libc::c_int,
    room: libc::c_int,
}

impl Parameters {
    /// Copies the settings.
    ///
    /// # Errors
    /// Where a name is too long or a text holds a NUL.
    pub(super) fn new(settings: &[(String, Setting)], op: &'static str) -> Result<Self> {
        let mut list = Self {
            raw: ptr::null_mut(),
            count: 0,
            room: 0,
        };
        for (name, setting) in settings {
            let name = c_string(name, op)?;
            let text = match setting {
                Setting::Text(text) => Some(c_string(text, op)?),
                _ => None,
            };
            let (raw, count, room, name) = (
                &raw mut list.raw,
                &raw mut list.count,
                &raw mut list.room,
                name.as_ptr(),
            );
            // SAFETY: the list is NULL or libvirt's own, with its length and its room; name and text are copied.
            let added = unsafe {
                match setting {
                    Setting::Small(value) => sys::virTypedParamsAddUInt(raw, count, room, name, *value),
                    Setting::Large(value) => sys::virTypedParamsAddULLong(raw, count, room, name, *value),
                    Setting::Signed(value) => sys::virTypedParamsAddLLong(raw, count, room, name, *value),
                    Setting::Text(_) => {
                        let text = text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
                        sys::virTypedParamsAddString(raw, count, room, name, text)
                    }
                }
            };
            if added < 0 {
                return Err(last_error(op));
            }
        }
        Ok(list)
    }

    pub(super) fn as_ptr(&self) -> sys::virTypedParameterPtr {
        self.raw
    }

    pub(super) fn len(&self) -> libc::c_int {
        self.count
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        // SAFETY: NULL or a list of libvirt's with that many parameters, freed once.
        unsafe { sys::virTypedParamsFree(self.raw, self.count) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virt::params::{Value, for_each};

    #[test]
    fn settings_arrive_with_their_names_and_types() {
        // SAFETY: any time, any thread.
        assert_eq!(unsafe { sys::virInitialize() }, 0);
        let settings = [
            ("a".to_owned(), Setting::Small(1)),
            ("b".to_owned(), Setting::Large(u64::MAX)),
            ("c".to_owned(), Setting::Signed(-1)),
            ("d".to_owned(), Setting::Text("/dev/sda,5".to_owned())),
        ];
        let list = Parameters::new(&settings, "test").expect("sound");
        let mut seen = Vec::new();
        // SAFETY: a live list of that length, made by libvirt.
        unsafe {
            for_each(list.as_ptr(), list.len(), |name, value| {
                seen.push((name.to_owned(), value))
            })
        };
        let wanted = [
            ("a".to_owned(), Value::Unsigned(1)),
            ("b".to_owned(), Value::Unsigned(u64::MAX)),
            ("c".to_owned(), Value::Signed(-1)),
            ("d".to_owned(), Value::Text("/dev/sda,5".to_owned())),
        ];
        assert_eq!(seen, wanted);
        let long = [("x".repeat(100), Setting::Small(1))];
        assert!(Parameters::new(&long, "test").is_err());
    }
}
