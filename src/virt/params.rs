//! libvirt's typed parameters read as Rust values. Nothing here trusts the other side: names may lack their NUL, types may
//! be unknown, numbers may be negative; none of it panics, and what cannot be read is left out.

use std::ffi::CStr;

use crate::virt::sys;

/// The value of a parameter, copied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `VIR_TYPED_PARAM_INT` and `LLONG`.
    Signed(i64),
    /// `VIR_TYPED_PARAM_UINT` and `ULLONG`.
    Unsigned(u64),
    /// `VIR_TYPED_PARAM_DOUBLE`.
    Double(f64),
    /// `VIR_TYPED_PARAM_BOOLEAN`.
    Boolean(bool),
    /// `VIR_TYPED_PARAM_STRING`; bytes that are no UTF-8 are replaced.
    Text(String),
    /// A type of a newer libvirt.
    Unknown,
}

impl Value {
    /// As a counter; `None` for what is no number or below zero.
    pub(crate) fn counter(&self) -> Option<u64> {
        match *self {
            Self::Signed(value) => u64::try_from(value).ok(),
            Self::Unsigned(value) => Some(value),
            _ => None,
        }
    }
}

/// The name of a parameter up to its NUL, or all 80 bytes where there is none. Empty if it is no UTF-8: libvirt's are ASCII.
fn name_of(parameter: &sys::virTypedParameter) -> &str {
    let field = &parameter.field;
    let length = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    // SAFETY: `c_char` and `u8` have the same size and alignment, every bit pattern is valid, and `length` is within it.
    let bytes = unsafe { std::slice::from_raw_parts(field.as_ptr().cast::<u8>(), length) };
    std::str::from_utf8(bytes).unwrap_or("")
}

/// Copies the value out.
///
/// # Safety
/// `parameter` comes from libvirt: a string, if it is one, is NULL or a live C string.
unsafe fn value_of(parameter: &sys::virTypedParameter) -> Value {
    let value = &parameter.value;
    // SAFETY: libvirt sets the member that belongs to `type_`; all members but the string are plain numbers of which any bit
    // pattern is valid, and the string is NULL or live as the caller promises.
    unsafe {
        match parameter.type_ {
            1 => Value::Signed(value.i.into()),
            2 => Value::Unsigned(value.ui.into()),
            3 => Value::Signed(value.l),
            4 => Value::Unsigned(value.ul),
            5 => Value::Double(value.d),
            6 => Value::Boolean(value.b != 0),
            7 if value.s.is_null() => Value::Text(String::new()),
            7 => Value::Text(CStr::from_ptr(value.s).to_string_lossy().into_owned()),
            _ => Value::Unknown,
        }
    }
}

/// Visits `count` parameters at `params` in order.
///
/// # Safety
/// `params` must be NULL or point at `count` parameters that libvirt filled in and that live during the call.
pub(crate) unsafe fn for_each(params: *const sys::virTypedParameter, count: i32, mut visit: impl FnMut(&str, Value)) {
    let Ok(count) = usize::try_from(count) else { return };
    if params.is_null() || count == 0 {
        return;
    }
    // SAFETY: not null, and `count` live parameters as the caller promises.
    for parameter in unsafe { std::slice::from_raw_parts(params, count) } {
        // SAFETY: filled in by libvirt as the caller promises.
        visit(name_of(parameter), unsafe { value_of(parameter) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &[u8], type_: i32, value: sys::_virTypedParameterValue) -> sys::virTypedParameter {
        let mut field = [0; 80];
        for (to, from) in field.iter_mut().zip(name) {
            *to = *from as libc::c_char;
        }
        sys::virTypedParameter { field, type_, value }
    }

    fn read(parameters: &[sys::virTypedParameter]) -> Vec<(String, Value)> {
        let mut seen = Vec::new();
        // SAFETY: a live slice, filled in by the tests.
        unsafe {
            for_each(parameters.as_ptr(), parameters.len() as i32, |name, value| {
                seen.push((name.to_owned(), value));
            });
        }
        seen
    }

    #[test]
    fn every_type_keeps_its_value() {
        let text = c"vda".as_ptr().cast_mut();
        let seen = read(&[
            parameter(b"i", 1, sys::_virTypedParameterValue { i: -5 }),
            parameter(b"ui", 2, sys::_virTypedParameterValue { ui: u32::MAX }),
            parameter(b"l", 3, sys::_virTypedParameterValue { l: i64::MIN }),
            parameter(b"ul", 4, sys::_virTypedParameterValue { ul: u64::MAX }),
            parameter(b"d", 5, sys::_virTypedParameterValue { d: 0.5 }),
            parameter(b"b", 6, sys::_virTypedParameterValue { b: 1 }),
            parameter(b"s", 7, sys::_virTypedParameterValue { s: text }),
        ]);
        let values: Vec<_> = seen.into_iter().map(|(_, value)| value).collect();
        assert_eq!(
            values,
            [
                Value::Signed(-5),
                Value::Unsigned(u32::MAX.into()),
                Value::Signed(i64::MIN),
                Value::Unsigned(u64::MAX),
                Value::Double(0.5),
                Value::Boolean(true),
                Value::Text("vda".to_owned()),
            ]
        );
    }

    #[test]
    fn parameter_that_breaks_the_rules_does_no_harm() {
        let seen = read(&[
            parameter(&[b'x'; 80], 1, sys::_virTypedParameterValue { i: 1 }),
            parameter(
                b"null",
                7,
                sys::_virTypedParameterValue {
                    s: std::ptr::null_mut(),
                },
            ),
            parameter(b"new", 99, sys::_virTypedParameterValue { ul: 1 }),
            parameter(b"\xff\xfe", 1, sys::_virTypedParameterValue { i: 1 }),
        ]);
        assert_eq!(seen[0].0.len(), 80);
        assert_eq!(seen[1].1, Value::Text(String::new()));
        assert_eq!(seen[2].1, Value::Unknown);
        assert_eq!(seen[3].0, "");
        assert_eq!(Value::Signed(-1).counter(), None);
        // SAFETY: NULL and a negative count are allowed.
        unsafe { for_each(std::ptr::null(), -1, |_, _| panic!("nothing to visit")) };
    }
}
