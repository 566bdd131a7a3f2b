//! What is usual: the folder of the first pool, and the pool that images go to.

use std::path::Path;

use crate::model::facts::PoolFact;
use crate::model::uri::Uri;

/// libvirt's own folder for images.
pub const SYSTEM_IMAGES: &str = "/var/lib/libvirt/images";

/// Whether a host's machines are those of one user, with folders in the home of that user.
#[must_use]
pub fn is_session(uri: &Uri) -> bool {
    uri.path.starts_with("/session")
}

/// The folder that the default pool of a host has; `own` is where programs of this user keep data on this computer
/// (`~/.local/share`). `None` for a user's machines on another computer: nobody here knows that home.
#[must_use]
pub fn usual_folder(uri: &Uri, own: &Path) -> Option<String> {
    if !is_session(uri) {
        return Some(SYSTEM_IMAGES.to_owned());
    }
    let is_known = !uri.is_remote() && own.is_absolute();
    is_known.then(|| own.join("libvirt/images").to_string_lossy().into_owned())
}

/// The pool that images go to where none was chosen: `default`, else that of libvirt's own folder for images, else the one
/// with the most free space, one for media last. `None` where no pool takes images.
#[must_use]
pub fn usual_pool<'a>(pools: impl IntoIterator<Item = &'a PoolFact>) -> Option<&'a PoolFact> {
    first_by_use(pools.into_iter().filter(|pool| pool.takes_images()))
}

/// The same of pools that may be off.
#[must_use]
pub fn first_by_use<'a>(pools: impl IntoIterator<Item = &'a PoolFact>) -> Option<&'a PoolFact> {
    // The first of equals.
    let better = |best: &'a PoolFact, other| match usual_order(other) > usual_order(best) {
        true => other,
        false => best,
    };
    pools.into_iter().reduce(better)
}

/// What makes a pool the usual one for images: its name, libvirt's own folder, not being one for media, its free space.
pub fn usual_order(pool: &PoolFact) -> impl Ord + use<> {
    let folder = pool.path.as_deref().unwrap_or_default().trim_end_matches('/');
    let is_own = pool.name == "images" || folder.ends_with("/libvirt/images");
    (pool.name == "default", is_own, !is_for_media(pool), pool.available)
}

/// Whether a pool is one for installation media, by its name or that of its folder.
#[must_use]
pub fn is_for_media(pool: &PoolFact) -> bool {
    let folder = pool.path.as_deref().and_then(|path| path.rsplit('/').next());
    let mut names = [Some(pool.name.as_str()), folder].into_iter().flatten();
    names.any(|name| name.to_lowercase().contains("iso"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_of_a_user_here_is_no_folder_of_another_computer() {
        let folder = |uri: &str| usual_folder(&Uri::parse(uri).unwrap(), Path::new("/home/me/.local/share"));
        let own = Some("/home/me/.local/share/libvirt/images".to_owned());
        assert_eq!(folder("qemu:///session"), own);
        assert_eq!(folder("qemu+unix:///session?socket=/tmp/s"), own);
        assert_eq!(folder("qemu+ssh://me@server/session"), None);
        for system in ["qemu:///system", "qemu+ssh://server/system", "lxc:///"] {
            assert_eq!(folder(system).as_deref(), Some(SYSTEM_IMAGES), "{system}");
        }
        let session = Uri::parse("qemu:///session").unwrap();
        assert_eq!(usual_folder(&session, Path::new("")), None, "no home is known");
    }

    #[test]
    fn the_usual_pool_is_the_same_wherever_images_go() {
        let pool = |name: &str, path: &str, gigabytes: u64| PoolFact {
            name: name.to_owned(),
            kind: "dir".to_owned(),
            active: true,
            path: Some(path.to_owned()),
            available: Some(gigabytes << 30),
            ..PoolFact::default()
        };
        let name = |pools: &[PoolFact]| usual_pool(pools).map(|pool| pool.name.clone());
        let mut pools = vec![
            pool("iso", "/srv/iso", 90),
            pool("a", "/srv/a", 1),
            pool("b", "/srv/b", 2),
            pool("c", "/srv/c", 2),
        ];
        assert_eq!(name(&pools).as_deref(), Some("b"));
        pools.push(pool("own", "/var/lib/libvirt/images/", 1));
        assert_eq!(name(&pools).as_deref(), Some("own"));
        pools.push(pool("default", "/elsewhere", 1));
        assert_eq!(name(&pools).as_deref(), Some("default"));
        if let Some(default) = pools.last_mut() {
            default.active = false;
        }
        assert_eq!(name(&pools).as_deref(), Some("own"), "nothing goes to one that is off");
        assert_eq!(first_by_use(&pools).map(|pool| pool.name.as_str()), Some("default"));
        assert_eq!(name(&[]), None);
    }
}
