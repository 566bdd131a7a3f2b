use super::*;

#[test]
fn hosts_are_kept_in_order_and_replaced_in_place() {
    let settings = Settings::in_memory().expect("the schema was built");
    let (mut first, second) = (
        HostConfig::new("a", "test:///default"),
        HostConfig::new("b", "qemu:///system"),
    );
    settings.put_host(&first);
    settings.put_host(&second);
    first.name = "renamed".to_owned();
    settings.put_host(&first);
    assert_eq!(settings.hosts(), [first.clone(), second]);
    settings.remove_host(first.id);
    assert_eq!(settings.hosts().len(), 1);
}

#[test]
fn a_host_that_cannot_be_read_is_never_lost() {
    let settings = Settings::in_memory().expect("the schema was built");
    let foreign = r#"{"id":"of a newer version","wheels":4}"#.to_owned();
    settings.set_strings("hosts", &[foreign.clone(), "{broken".to_owned()]);
    assert_eq!(settings.hosts(), []);
    let mine = HostConfig::new("a", "test:///default");
    settings.put_host(&mine);
    settings.remove_host(mine.id);
    assert_eq!(settings.raw_hosts(), [foreign, "{broken".to_owned()]);
}

#[test]
fn media_are_remembered_for_their_host_the_last_one_first() {
    let settings = Settings::in_memory().expect("the schema was built");
    let (here, there) = (HostId::new(), HostId::new());
    settings.remember_medium(there, "/iso/other one.iso");
    for number in 0..40 {
        settings.remember_medium(here, &format!("/iso/{number}.iso"));
    }
    settings.remember_medium(here, "/iso/35.iso");
    let known = settings.recent_media(here);
    assert_eq!(known.len(), RECENT_MEDIA);
    assert_eq!(known[..3], ["/iso/35.iso", "/iso/39.iso", "/iso/38.iso"]);
    assert_eq!(settings.recent_media(there), ["/iso/other one.iso"]);
}

#[test]
fn trees_are_remembered_once_without_those_that_hold_a_password() {
    let settings = Settings::in_memory().expect("the schema was built");
    for number in 0..20 {
        settings.remember_tree(&format!("https://example.org/{number}/"));
    }
    settings.remember_tree("https://example.org/15/");
    settings.remember_tree("https://me:secret@example.org/tree/");
    settings.remember_tree("");
    let known = settings.recent_trees();
    assert_eq!(known.len(), RECENT_TREES);
    assert_eq!(known[..2], ["https://example.org/15/", "https://example.org/19/"]);
    assert!(known.iter().all(|address| !address.contains("secret")));
    // An @ in a path is no login.
    settings.remember_tree("https://example.org/a@b/");
    assert_eq!(settings.recent_trees()[0], "https://example.org/a@b/");
}

#[test]
fn a_tree_whose_address_holds_a_key_is_not_remembered() {
    let settings = Settings::in_memory().expect("the schema was built");
    for address in [
        "https://example.org/tree/?token=secret",
        "https://example.org?token=secret",
        "https://example.org/tree/#secret",
    ] {
        settings.remember_tree(address);
        assert!(settings.recent_trees().is_empty(), "{address}");
    }
}

#[test]
fn each_kind_of_file_has_a_folder_of_its_own() {
    let settings = Settings::in_memory().expect("the schema was built");
    assert_eq!(settings.last_folder("media"), None);
    settings.remember_folder("media", "/home/me/My ISOs");
    settings.remember_folder("disk", "/srv");
    settings.remember_folder("media", "/mnt");
    assert_eq!(settings.last_folder("media").as_deref(), Some("/mnt"));
    assert_eq!(settings.last_folder("disk").as_deref(), Some("/srv"));
}

#[test]
fn confirmations_are_asked_until_switched_off() {
    let settings = Settings::in_memory().expect("the schema was built");
    assert!(settings.confirms("force-off"));
    settings.set_confirms("force-off", false);
    assert!(!settings.confirms("force-off") && settings.confirms("reset"));
    settings.set_confirms("force-off", true);
    assert!(settings.confirms("force-off"));
}
