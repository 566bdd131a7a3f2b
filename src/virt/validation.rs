//! Having a host check a definition against its schema before it takes it.

use crate::i18n::tr_f;
use crate::model::error::VirtError;
use crate::virt::connection::Result;
use crate::virt::sys;

/// `VIR_FROM_XML`: libvirt's own reading of XML, schemas among it.
const FROM_XML: i32 = 5;
/// How often a host reads its schema before it counts as one that cannot.
const TRIES: usize = 3;

/// What becomes of a definition that the host cannot check because it cannot read its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is taken: what libvirt has dropped of it is told afterwards, or nobody has typed it.
    Take,
    /// It is refused: libvirt would drop in silence what it does not know.
    Refuse,
}

/// Makes a call of libvirt with this flag, which has the host check what it is given against its schema. A host that is too old
/// for that is asked without the flag.
///
/// libvirt reads the schema for each call, in several threads at once, and libxml2 sets up the types of schemas while another
/// thread is looking for one: that fails with an internal error although nothing is wrong, and works when it is tried again.
/// A host without the files of its schemas fails like that each time.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn validated<T>(flag: u32, unread: Unread, mut call: impl FnMut(u32) -> Result<T>) -> Result<T> {
    for number in 1.. {
        match call(flag) {
            Err(error) if knows_no_flag(&error) => return call(0),
            Err(error) if is_schema_unread(&error) && number < TRIES => {
                tracing::debug!(%error, "the host did not read its schema");
            }
            Err(error) if is_schema_unread(&error) && unread == Unread::Take => {
                tracing::warn!(%error, "the host cannot read its schema: a definition is not checked");
                break;
            }
            Err(error) if is_schema_unread(&error) => {
                let message = tr_f(
                    "The host cannot check the definition, so nothing was changed. Its schemas are part of libvirt: install it anew there. ({reason})",
                    &[("reason", &error.message)],
                );
                return Err(VirtError { message, ..error });
            }
            result => return result,
        }
    }
    call(0)
}

/// A host that does not know the flag says this, and one that does may say it of what it was given: then it will again.
fn knows_no_flag(error: &VirtError) -> bool {
    error.code == sys::VIR_ERR_NO_SUPPORT as i32 || error.code == sys::VIR_ERR_INVALID_ARG as i32
}

fn is_schema_unread(error: &VirtError) -> bool {
    error.code == sys::VIR_ERR_INTERNAL_ERROR as i32 && error.domain == FROM_XML
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::error::Kind;

    fn error(code: i32, domain: i32, kind: Kind) -> VirtError {
        VirtError {
            code,
            domain,
            ..VirtError::own(kind, "define", "no")
        }
    }

    /// The flags that a call got which ends like this, one time after the other, and its last answer.
    fn asked(unread: Unread, mut answers: Vec<Result<u32>>) -> (Vec<u32>, Result<u32>) {
        let mut flags = Vec::new();
        answers.reverse();
        let last = validated(4, unread, |flag| {
            flags.push(flag);
            answers.pop().expect("one answer more")
        });
        assert!(answers.is_empty(), "{answers:?} was not asked for");
        (flags, last)
    }

    #[test]
    fn a_schema_that_two_threads_read_at_once_is_read_again() {
        let race = || Err(error(1, 5, Kind::Other));
        for unread in [Unread::Take, Unread::Refuse] {
            assert_eq!(asked(unread, vec![race(), race(), Ok(7)]), (vec![4, 4, 4], Ok(7)));
        }
        let always = || vec![race(), race(), race()];
        let taken = always().into_iter().chain([Ok(7)]).collect();
        assert_eq!(asked(Unread::Take, taken), (vec![4, 4, 4, 0], Ok(7)));
        let (flags, answer) = asked(Unread::Refuse, always());
        let refused = answer.expect_err("it was not checked");
        assert_eq!((flags, refused.code), (vec![4, 4, 4], 1));
        assert!(refused.message.contains("(no)"), "{}", refused.message);
    }

    #[test]
    fn what_is_wrong_is_not_taken_unchecked_and_old_hosts_check_nothing() {
        let invalid = || Err(error(92, 10, Kind::Invalid));
        assert_eq!(asked(Unread::Take, vec![invalid()]), (vec![4], invalid()));
        let internal = || Err(error(1, 10, Kind::Other));
        assert_eq!(asked(Unread::Take, vec![internal()]), (vec![4], internal()));
        let unsupported = || Err(error(67, 10, Kind::Unsupported));
        assert_eq!(asked(Unread::Take, vec![unsupported()]), (vec![4], unsupported()));
        for old in [error(3, 10, Kind::Unsupported), error(8, 10, Kind::Invalid)] {
            assert_eq!(asked(Unread::Refuse, vec![Err(old), Ok(7)]), (vec![4, 0], Ok(7)));
        }
    }
}
