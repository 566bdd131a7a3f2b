use super::*;

#[test]
fn volume_of_gluster_with_a_space_in_its_name_is_in_use() {
    let xml = "<domain type='kvm'><name>n</name><devices><disk type='network' device='disk'>\
        <source protocol='gluster' name='vol/images/My VM 100%.img'><host name='server'/></source>\
        <target dev='vda'/></disk></devices></domain>";
    let user = Machine {
        images: Some(read_domain(xml).unwrap().images),
        ..machine("web", true, &[])
    };
    let usage = usage(vec![user]);
    for start in ["gluster://server", "gluster://server:24007", "gluster+tcp://other"] {
        let of = VolumeFact {
            kind: "network".to_owned(),
            ..volume(&format!("{start}/vol/images/My%20VM%20100%25.img"), None)
        };
        assert_eq!(usage.holders(&Lore::source_of(&of)).len(), 1, "{start}");
    }
    // Broken escapes are taken as they stand.
    assert_eq!(Source::backing("gluster://s/vol/50%").as_str(), "gluster:vol/50%");
}
