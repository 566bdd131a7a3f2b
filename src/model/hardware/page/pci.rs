//! PCI addresses as people type them.

use crate::i18n::tr;
use crate::model::facts::PciAddress;
use crate::model::xml::{Document, NodeId, Refused};

/// Reads `0000:03:00.0`, or `03:00.0`.
///
/// # Errors
/// That it is no such address.
pub fn read(text: &str) -> Result<PciAddress, Refused> {
    let (place, function) = text.trim().rsplit_once('.').ok_or_else(refused)?;
    let parts: Option<Vec<u32>> = place
        .split(':')
        .chain([function])
        .map(|part| u32::from_str_radix(part, 16).ok())
        .collect();
    let (domain, bus, slot, function) = match parts.as_deref() {
        Some([domain, bus, slot, function]) => (*domain, *bus, *slot, *function),
        Some([bus, slot, function]) => (0, *bus, *slot, *function),
        _ => return Err(refused()),
    };
    if domain > 0xffff || bus > 0xff || slot > 0x1f || function > 7 {
        return Err(refused());
    }
    Ok(PciAddress {
        domain,
        bus,
        slot,
        function,
    })
}

fn refused() -> Refused {
    Refused(tr("A PCI address looks like 0000:03:00.0."))
}

/// Writes the attributes of an `<address>`.
///
/// # Errors
/// Where they cannot be written.
pub fn write(document: &mut Document, address: NodeId, pci: PciAddress) -> Result<(), Refused> {
    for (name, number, width) in [
        ("domain", pci.domain, 6),
        ("bus", pci.bus, 4),
        ("slot", pci.slot, 4),
        ("function", pci.function, 3),
    ] {
        document.set_attribute(address, name, &format!("{number:#0width$x}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_as_libvirt_does() {
        for (text, full) in [("0000:03:1f.7", "0000:03:1f.7"), ("03:00.0", "0000:03:00.0")] {
            assert_eq!(read(text).map(|pci| pci.to_string()).ok().as_deref(), Some(full));
        }
        for wrong in ["", "03", "0000:03:00", "0000:03:20.0", "0000:03:00.8", "zz:00.0"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let mut document = Document::parse("<address/>").expect("well-formed");
        let root = document.root();
        write(&mut document, root, read("0000:03:1f.7").expect("an address")).expect("written");
        assert_eq!(
            document.to_string(),
            "<address domain='0x0000' bus='0x03' slot='0x1f' function='0x7'/>"
        );
    }
}
