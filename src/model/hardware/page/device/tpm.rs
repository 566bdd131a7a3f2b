//! Trusted platform modules.

use super::common::{best, drop_address, needed, problem_of};
use crate::i18n::tr;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Choice, PathKind, Row};
use crate::model::xml::domain::fields::tpm;
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused, escape};

const PARTS: &Parts = &[
    (
        "emulator",
        &[
            "@persistent_state",
            "@debug",
            "@version",
            "encryption",
            "active_pcr_banks",
            "source",
            "profile",
        ],
    ),
    ("passthrough", &["device"]),
    ("external", &["source"]),
];

/// The page of a TPM.
pub(super) fn page(form: &Form<'_>) -> Page {
    let facts = form.context.facts;
    let kind = form.says(tpm::BACKEND);
    let mut rows = vec![
        form.choice("model", tr("Model"), tpm::MODEL, facts.tpm_models())
            .help(
                tr("How the guest talks to it; CRB is the newer one, for version 2.0 only."),
                "<tpm model='tpm-crb'/>",
            )
            .edit(|domain, node, value| {
                let text = value.some().map(str::to_owned);
                domain.document_mut().set(node, tpm::MODEL, text)?;
                drop_address(domain, node);
                Ok(())
            }),
        form.required_choice("backend", tr("Played by"), tpm::BACKEND, facts.tpm_backends())
            .help(
                tr("Whether the host emulates a TPM, lends its own, or one is there that something else runs."),
                "<backend type='emulator'/>",
            )
            .edit(|domain, node, value| set_backend(domain, node, value.text())),
    ];
    let mut groups = Vec::new();
    let mut advanced = Vec::new();
    match kind.as_str() {
        "emulator" => {
            rows.extend(emulator(form));
            if form.says(tpm::VERSION) != "1.2" {
                groups.push(Group::new(tr("Banks"), banks(form)).description(tr(
                    "Which hashes of what was started it keeps; none chosen leaves them as they are.",
                )));
            }
            advanced = emulator_advanced(form);
        }
        "passthrough" => rows.push(
            form.path("device", tr("Device of the host"), tpm::DEVICE, PathKind::File)
                .example("/dev/tpm0")
                .help(
                    tr("The host's TPM; the host itself should not use it meanwhile."),
                    "<device path='/dev/tpm0'/>",
                ),
        ),
        "external" => rows.push(needed(
            form.path("socket", tr("Socket"), tpm::SOURCE, PathKind::File)
                .example("/run/tpm.sock")
                .help(
                    tr("The socket of a TPM that runs already."),
                    "<source type='unix' path='/run/tpm.sock' mode='connect'/>",
                )
                .edit(|domain, node, value| {
                    let document = domain.document_mut();
                    let Some(path) = value.some() else {
                        return Err(Refused(tr("A TPM that runs already is reached by its socket.")));
                    };
                    document.set(node, tpm::SOURCE_TYPE, Some("unix".to_owned()))?;
                    document.set(node, tpm::SOURCE, Some(path.to_owned()))?;
                    document.set(node, tpm::SOURCE_MODE, Some("connect".to_owned()))
                }),
        )),
        _ => {}
    }
    groups.insert(0, Group::new(String::new(), rows));
    groups.push(Group::advanced(advanced));
    Page::new(groups)
}

fn set_backend(domain: &mut Domain, node: NodeId, kind: &str) -> Result<(), Refused> {
    let backend = domain.ensure_child(node, "backend")?;
    // The file of an emulator's state is no socket of another one.
    domain.remove_children(backend, "source");
    domain.set_type(backend, "type", kind, PARTS)
}

fn emulator(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.choice("version", tr("Version"), tpm::VERSION, form.context.facts.tpm_versions())
            .help(
                tr("Windows 11 and newer Linux need 2.0; 1.2 is for old guests."),
                "<backend type='emulator' version='2.0'/>",
            )
            .edit(|domain, node, value| {
                if value.text() == "1.2"
                    && let Some(backend) = domain.document().child(node, "backend")
                {
                    domain.remove_children(backend, "active_pcr_banks");
                    domain.remove_children(backend, "profile");
                }
                let text = value.some().map(str::to_owned);
                domain.document_mut().set(node, tpm::VERSION, text)
            }),
        form.choice(
            "encryption",
            tr("Encrypt its state with"),
            tpm::ENCRYPTION,
            form.context.facts.secret_choices("vtpm"),
        )
        .help(
            tr("A secret of the host, made for a TPM, that what the module stores is encrypted with; it can be set only before the first start."),
            "<encryption secret='6dd3e4a5-1d76-44ce-961f-f119f5aad935'/>",
        ),
        form.switch("persistent", tr("Keep its state"), tpm::PERSISTENT, false).help(
            tr("What the module stores stays on the host when the machine is removed from it for a while."),
            "<backend type='emulator' persistent_state='yes'/>",
        ),
    ]
}

fn banks(form: &Form<'_>) -> Vec<Row> {
    let bank = |id, title: &str, field: Field<bool>| {
        form.switch(id, title.to_owned(), field, false).help(
            tr("The module keeps hashes of this kind; guests expect SHA-256."),
            "<active_pcr_banks> <sha256/> </active_pcr_banks>",
        )
    };
    vec![
        bank("sha1", "SHA-1", tpm::SHA1),
        bank("sha256", "SHA-256", tpm::SHA256),
        bank("sha384", "SHA-384", tpm::SHA384),
        bank("sha512", "SHA-512", tpm::SHA512),
    ]
}

fn emulator_advanced(form: &Form<'_>) -> Vec<Row> {
    let mut rows = vec![
        form.choice(
            "source-type",
            tr("State is kept in"),
            tpm::SOURCE_TYPE,
            vec![Choice::new("file", tr("A file")), Choice::new("dir", tr("A folder"))],
        )
        .help(
            tr("Where the module's state is; without a choice libvirt has a place for it."),
            "<source type='file' path='/var/lib/tpm.state'/>",
        )
        .edit(|domain, node, value| set_place(domain, node, value.some(), None)),
    ];
    let kind = form.says(tpm::SOURCE_TYPE);
    if !kind.is_empty() {
        let path = if kind == "dir" {
            PathKind::Folder
        } else {
            PathKind::File
        };
        rows.push(needed(
            form.path("source", tr("File or folder"), tpm::SOURCE, path)
                .example("/var/lib/tpm.state")
                .help(
                    tr("The file or folder of the module's state."),
                    "<source type='file' path='/var/lib/tpm.state'/>",
                ),
        ));
    }
    rows.push(
        form.number("debug", tr("Level of its log"), tpm::DEBUG, 0..=255, "")
            .example("5")
            .help(
                tr("How much the emulator writes into its log."),
                "<backend type='emulator' debug='5'/>",
            ),
    );
    if form.says(tpm::VERSION) != "1.2" {
        let profiles = ["local:restricted", "null", "default-v1"].map(Choice::plain).to_vec();
        rows.push(
            form.proposal("profile", tr("Profile"), tpm::PROFILE, profiles)
                .example("default-v1")
                .help(
                    tr("The set of algorithms that a new module has."),
                    "<profile source='default-v1'/>",
                ),
        );
    }
    rows
}

/// Where the state is: the type and a path, which cannot be without each other.
fn set_place(domain: &mut Domain, node: NodeId, kind: Option<&str>, path: Option<&str>) -> Result<(), Refused> {
    let Some(kind) = kind else {
        if let Some(backend) = domain.document().child(node, "backend") {
            domain.remove_children(backend, "source");
        }
        return Ok(());
    };
    let document = domain.document_mut();
    let old = document.get(node, tpm::SOURCE);
    let path = path.map(str::to_owned).or(old);
    let path = path.unwrap_or_else(|| "/var/lib/libvirt/swtpm/state".to_owned());
    document.set(node, tpm::SOURCE_TYPE, Some(kind.to_owned()))?;
    document.set(node, tpm::SOURCE, Some(path))
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    let is_there = context.domain.devices_of(DeviceKind::Tpm).next().is_some();
    let problem = is_there
        .then(|| tr("The machine has a TPM already."))
        .or_else(|| problem_of(&facts.tpm_models()))
        .or_else(|| problem_of(&facts.tpm_backends()));
    vec![
        Addition::new("tpm", tr("TPM"), "security-high-symbolic", |domain, facts| {
            let model = best(&facts.tpm_models()).unwrap_or_else(|| "tpm-tis".to_owned());
            let backend = best(&facts.tpm_backends()).unwrap_or_else(|| "emulator".to_owned());
            let version = match (backend.as_str(), best(&facts.tpm_versions())) {
                ("emulator", Some(version)) => format!(" version='{}'", escape(&version)),
                _ => String::new(),
            };
            let inner = match backend.as_str() {
                "passthrough" => "<device path='/dev/tpm0'/>",
                "external" => "<source type='unix' path='/run/tpm.sock' mode='connect'/>",
                _ => "",
            };
            let (model, backend) = (escape(&model), escape(&backend));
            let backend = match inner {
                "" => format!("<backend type='{backend}'{version}/>"),
                inner => format!("<backend type='{backend}'{version}>{inner}</backend>"),
            };
            domain.add_device(&format!("<tpm model='{model}'>\n  {backend}\n</tpm>"))
        })
        .description(tr(
            "Keeps keys for the guest and measures how it starts; Windows 11 needs one.",
        ))
        .problem(problem),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::HostFacts;
    use crate::model::hardware::{Draft, PageId, Value};

    fn after(device: &str, row: &str, value: &str) -> String {
        let domain = Domain::parse(&format!("<domain type='kvm'><devices>{device}</devices></domain>"));
        let domain = domain.expect("a machine");
        let node = domain.devices_of(DeviceKind::Tpm).next().expect("there");
        let mut draft = Draft::new(domain, None);
        let facts = HostFacts::default();
        draft
            .set(&facts, PageId::Device(node), row, &Value::of(value))
            .expect("it can be set");
        draft.edited().document().source(node)
    }

    #[test]
    fn another_backend_drops_what_only_the_old_one_had() {
        let tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0' persistent_state='yes' new='1'>\
             <encryption secret='x'/><source type='file' path='/a'/><active_pcr_banks><sha1/></active_pcr_banks></backend></tpm>";
        assert_eq!(
            after(tpm, "backend", "passthrough"),
            "<tpm model='tpm-crb'><backend type='passthrough' new='1'></backend></tpm>"
        );
    }

    #[test]
    fn version_1_2_has_no_banks() {
        let tpm = "<tpm><backend type='emulator' version='2.0'><active_pcr_banks><sha256/></active_pcr_banks></backend></tpm>";
        assert_eq!(
            after(tpm, "version", "1.2"),
            "<tpm><backend type='emulator' version='1.2'></backend></tpm>"
        );
    }

    #[test]
    fn a_socket_is_written_as_libvirt_wants_it() {
        let tpm = "<tpm><backend type='external'/></tpm>";
        assert_eq!(
            after(tpm, "socket", "/run/t"),
            "<tpm><backend type='external'><source type='unix' path='/run/t' mode='connect'/></backend></tpm>"
        );
    }
}
