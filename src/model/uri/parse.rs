//! Text to fields and back.

use std::fmt::Write as _;

use super::{Field, Uri, UriError};
use crate::i18n::tr;

/// Longest URI that is looked at.
const LONGEST: usize = 4096;

pub(super) fn parse(text: &str) -> Result<Uri, UriError> {
    let wrong = |field, message| Err(UriError::new(field, message));
    if text.is_empty() {
        return wrong(Field::Whole, tr("Enter an address."));
    }
    if text.len() > LONGEST {
        return wrong(Field::Whole, tr("The address is too long."));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return wrong(Field::Whole, tr("An address can't contain spaces; write %20 for one."));
    }
    if text.contains('#') {
        return wrong(Field::Whole, tr("An address can't contain “#”; write %23 for it."));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return wrong(
            Field::Whole,
            tr("An address looks like qemu:///system or qemu+ssh://user@host/system."),
        );
    };
    let (driver, transport) = match scheme.split_once('+') {
        Some((driver, transport)) => (driver, Some(transport.to_ascii_lowercase())),
        None => (scheme, None),
    };
    let letters = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
    };
    if !letters(driver) {
        return wrong(Field::Driver, tr("A driver is needed, for example “qemu”."));
    }
    let (before_query, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = match before_query.find('/') {
        Some(slash) => before_query.split_at(slash),
        None => (before_query, ""),
    };
    let (user, host, port) = parse_authority(authority)?;
    Ok(Uri {
        driver: driver.to_ascii_lowercase(),
        transport,
        user,
        host,
        port,
        path: decode(path).ok_or_else(|| bad_escape(Field::Path))?,
        query: query.map_or(Ok(Vec::new()), parse_query)?,
    })
}

type Authority = (Option<String>, Option<String>, Option<u16>);

fn parse_authority(text: &str) -> Result<Authority, UriError> {
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(decode(user).ok_or_else(|| bad_escape(Field::User))?), place),
        None => (None, text),
    };
    if user.as_deref().is_some_and(|user| user.contains(':')) {
        return Err(UriError::new(
            Field::User,
            tr("A password does not belong into the address: Vireo asks for it."),
        ));
    }
    let (host, port) = if let Some(rest) = place.strip_prefix('[') {
        let Some((host, after)) = rest.split_once(']') else {
            return Err(UriError::new(Field::Host, tr("The bracket is not closed.")));
        };
        if !after.is_empty() && !after.starts_with(':') {
            return Err(UriError::new(Field::Host, tr("A host name or an address is expected.")));
        }
        (host, after.strip_prefix(':'))
    } else {
        match place.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(UriError::new(
                    Field::Host,
                    tr("Write an IPv6 address in brackets: [2001:db8::1]."),
                ));
            }
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(parse_port(port)?),
    };
    let host = decode(host).ok_or_else(|| bad_escape(Field::Host))?;
    Ok((user, (!host.is_empty()).then_some(host), port))
}

/// A port from what was typed.
pub(super) fn parse_port(text: &str) -> Result<u16, UriError> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse::<u16>().ok())
        .flatten()
        .filter(|port| *port > 0)
        .ok_or_else(|| UriError::new(Field::Port, tr("A port is a number from 1 to 65535.")))
}

/// As libvirt does: `&` separates, and `;` where no `&` follows; a part without a name is dropped.
fn parse_query(text: &str) -> Result<Vec<(String, String)>, UriError> {
    let mut parameters = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find('&').or_else(|| rest.find(';'));
        let (part, tail) = match end {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, ""),
        };
        rest = tail;
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if name.is_empty() {
            continue;
        }
        match (decode(name), decode(value)) {
            (Some(name), Some(value)) => parameters.push((name, value)),
            _ => return Err(bad_escape(Field::Query)),
        }
    }
    Ok(parameters)
}

fn bad_escape(field: Field) -> UriError {
    UriError::new(field, tr("A percent sign must be followed by two hexadecimal digits."))
}

/// Percent-decodes; `None` for a broken escape, a NUL or bytes that are no UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            out.push(u8::try_from(high * 16 + low).ok().filter(|byte| *byte != 0)?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Percent-encodes everything but letters, digits, `-._~` and the characters of `literal`.
pub(super) fn encode(text: &str, literal: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') || (c.is_ascii() && literal.contains(c)) {
            out.push(c);
        } else {
            // Writing to a string can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
