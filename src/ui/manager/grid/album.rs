//! The last pictures of machines, as many as a bounded memory holds.

use std::collections::HashMap;

use gdk4 as gdk;
use gdk4::prelude::*;

use crate::model::key::DomainKey;

/// Bytes of all pictures: some two hundred on an ordinary screen, fifty on one of twice the resolution.
const ROOM: usize = 32 << 20;

/// What a picture was made of: two of the same look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    /// Sum over all that the host sent.
    pub(super) sum: u64,
    /// Largest size that was asked for.
    pub(super) size: (u32, u32),
}

struct Entry {
    texture: gdk::Texture,
    print: Print,
    bytes: usize,
    /// What it shows is over: the machine stopped since.
    past: bool,
    used: u64,
}

/// Pictures by machine.
#[derive(Default)]
pub(super) struct Album {
    entries: HashMap<DomainKey, Entry>,
    bytes: usize,
    clock: u64,
}

impl Album {
    /// Keeps a picture in place of an older one of the same machine. Those that were not looked at for longest go when there
    /// is no room.
    pub(super) fn put(&mut self, key: DomainKey, texture: gdk::Texture, print: Print) {
        let bytes = texture.width().unsigned_abs() as usize * texture.height().unsigned_abs() as usize * 4;
        self.remove(key);
        self.clock += 1;
        let used = self.clock;
        self.bytes += bytes;
        let entry = Entry {
            texture,
            print,
            bytes,
            past: false,
            used,
        };
        self.entries.insert(key, entry);
        while self.bytes > ROOM && self.entries.len() > 1 {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                break;
            };
            self.remove(oldest);
        }
    }

    /// The picture of a machine, and whether it is over.
    pub(super) fn look(&mut self, key: DomainKey) -> Option<(gdk::Texture, bool)> {
        self.clock += 1;
        let entry = self.entries.get_mut(&key)?;
        entry.used = self.clock;
        Some((entry.texture.clone(), entry.past))
    }

    /// What the picture of a machine was made of.
    pub(super) fn print(&self, key: DomainKey) -> Option<Print> {
        self.entries.get(&key).map(|entry| entry.print)
    }

    /// The machine still shows the same; whether it was over before.
    pub(super) fn confirm(&mut self, key: DomainKey) -> bool {
        let entry = self.entries.get_mut(&key);
        entry.is_some_and(|entry| std::mem::take(&mut entry.past))
    }

    /// The machine stopped: its last picture is a memory.
    pub(super) fn end(&mut self, key: DomainKey) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.past = true;
        }
    }

    /// Forgets the picture of a machine.
    pub(super) fn remove(&mut self, key: DomainKey) {
        if let Some(entry) = self.entries.remove(&key) {
            self.bytes -= entry.bytes;
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::key::HostId;

    const PRINT: Print = Print {
        sum: 7,
        size: (400, 250),
    };

    /// A texture of so many bytes.
    fn texture(bytes: usize) -> gdk::Texture {
        let (width, height) = (1024, bytes / 4096);
        let data = glib::Bytes::from_owned(vec![0; width * height * 4]);
        let format = gdk::MemoryFormat::B8g8r8a8Premultiplied;
        gdk::MemoryTexture::new(width as i32, height as i32, format, &data, width * 4).upcast()
    }

    #[test]
    fn memory_is_bounded_and_what_was_not_looked_at_goes_first() {
        let host = HostId(Uuid::nil());
        let key = |number: u128| DomainKey::new(host, Uuid::from_u128(number));
        let mut album = Album::default();
        for number in 0..8 {
            album.put(key(number), texture(ROOM / 8), PRINT);
        }
        assert!(album.look(key(0)).is_some());
        album.put(key(8), texture(ROOM / 8), PRINT);
        let kept = [0, 1, 8].map(|number| album.look(key(number)).is_some());
        assert_eq!(kept, [true, false, true]);
        assert!(album.bytes <= ROOM);
        // One that is replaced counts once.
        album.put(key(8), texture(ROOM / 8), PRINT);
        assert_eq!(album.entries.len(), 8);
        assert!(album.look(key(8)).is_some_and(|(_, past)| !past));
        assert_eq!(album.print(key(8)), Some(PRINT));
        assert!(!album.confirm(key(8)));
        album.end(key(8));
        assert!(album.look(key(8)).is_some_and(|(_, past)| past));
        assert!(album.confirm(key(8)) && !album.confirm(key(8)));
        album.put(key(9), texture(ROOM * 2), PRINT);
        assert_eq!(album.entries.len(), 1);
        album.clear();
        assert_eq!(album.bytes, 0);
    }
}
