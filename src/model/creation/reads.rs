//! Whether a guest that has restarted goes on from its disk, or from the medium of its installer again: what it reads tells. No
//! call of libvirt does, and a guest is not asked, since an installer has no agent.

/// No firmware reads so much of a medium that it does not start, in bytes: it looks for its boot record only.
const STARTED: u64 = 1 << 20;
/// A system that starts reads at least its kernel, in bytes.
const SYSTEM: u64 = 4 << 20;

/// What was read since the machine was switched on, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reads {
    /// Of disks.
    pub disks: u64,
    /// Of the media of the installation.
    pub media: u64,
}

/// How a guest goes on after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Nobody can tell yet.
    Unclear,
    /// From its disk.
    Disk,
    /// From the medium: the installation begins anew, or the restart was that of a firmware or a user.
    Medium,
}

impl Reads {
    /// How the guest has gone on since the restart at which it had read so much.
    #[must_use]
    pub fn course(self, restart: Self) -> Course {
        if self.media.saturating_sub(restart.media) >= STARTED {
            Course::Medium
        } else if self.disks.saturating_sub(restart.disks) >= SYSTEM {
            Course::Disk
        } else {
            Course::Unclear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_is_an_end_only_where_the_guest_goes_on_from_its_disk() {
        let mib = |disks: u64, media: u64| Reads {
            disks: disks << 20,
            media: media << 20,
        };
        let before = mib(50, 700);
        let later = |disks: u64, media: u64| mib(50 + disks, 700 + media).course(before);
        assert_eq!(later(0, 0), Course::Unclear);
        assert_eq!(later(3, 0), Course::Unclear);
        assert_eq!(later(4, 0), Course::Disk);
        // An installer that starts again looks at disks, too.
        assert_eq!(later(9, 1), Course::Medium);
        // Counters begin anew with the process.
        assert_eq!(mib(1, 1).course(before), Course::Unclear);
    }
}
