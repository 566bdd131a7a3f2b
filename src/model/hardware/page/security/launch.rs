//! Protection of the guest from the host: encrypted memory, and proof of what was started.

use crate::i18n::{tr, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::page::Form;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{general, launch, os};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

/// What each kind may say, elements first, attributes behind.
fn parts(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "sev" => (
            &["cbitpos", "reducedPhysBits", "policy", "handle", "dhCert", "session"],
            &["kernelHashes"],
        ),
        "sev-snp" => (
            &[
                "cbitpos",
                "reducedPhysBits",
                "policy",
                "guestVisibleWorkarounds",
                "idBlock",
                "idAuth",
                "hostData",
            ],
            &["kernelHashes", "authorKey", "vcek"],
        ),
        "tdx" => (
            &[
                "policy",
                "mrConfigId",
                "mrOwner",
                "mrOwnerConfig",
                "quoteGenerationService",
            ],
            &[],
        ),
        _ => (&[], &[]),
    }
}

const KINDS: &[&str] = &["sev", "sev-snp", "tdx"];

/// The policy that a kind begins with: no debugging by the host, no sharing of keys.
fn policy(kind: &str) -> Option<&'static str> {
    match kind {
        "sev" => Some("0x0003"),
        "sev-snp" => Some("0x00030000"),
        _ => None,
    }
}

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let kind = form.says(general::LAUNCH_SECURITY);
    let choices = form.context.facts.launch_security();
    if choices.is_empty() && kind.is_empty() {
        return Vec::new();
    }
    let mut all = vec![Choice::new("", tr("None"))];
    all.extend(choices);
    let lacks_uefi = kind.starts_with("sev") && form.says(os::FIRMWARE) != "efi" && form.says(os::LOADER).is_empty();
    let mut rows = vec![
        Row::new(
            "protection",
            tr("Protection"),
            Control::Choice(all),
            form.value(general::LAUNCH_SECURITY),
            Edit::with(|domain, node, value| set_kind(domain, node, value.text())),
        )
        .note(lacks_uefi.then(|| tr("The machine needs UEFI for it.")))
        .help(
            tr("The processor encrypts the guest's memory, so that not even the host can read it."),
            "<launchSecurity type='sev-snp'><policy>0x00030000</policy></launchSecurity>",
        ),
    ];
    if matches!(kind.as_str(), "sev" | "sev-snp" | "tdx") {
        let is_required = kind != "tdx";
        rows.push(
            form.text("policy", tr("Policy"), launch::POLICY)
                .example("0x0003")
                .help(
                    tr("What the guest demands of the host, as bits in a hexadecimal number."),
                    "<policy>0x0003</policy>",
                )
                .edit(move |domain, node, value| set_policy(domain, node, value, is_required)),
        );
    }
    if kind.starts_with("sev") {
        rows.push(
            form.switch("kernel-hashes", tr("Kernel is measured"), launch::KERNEL_HASHES, false)
                .help(
                    tr("Kernel, initial RAM disk and command line of a direct boot are part of what is proven."),
                    "<launchSecurity type='sev' kernelHashes='yes'>",
                ),
        );
    }
    if kind == "sev-snp" {
        rows.push(
            form.switch("author-key", tr("Author's key"), launch::AUTHOR_KEY, false)
                .help(
                    tr("The identity is signed with a key of its author."),
                    "<launchSecurity type='sev-snp' authorKey='yes'>",
                ),
        );
        rows.push(
            form.switch("vcek", tr("Reports are signed with the chip's key"), launch::VCEK, true)
                .help(
                    tr("Whether reports for the owner are signed with the key of the processor itself."),
                    "<launchSecurity type='sev-snp' vcek='yes'>",
                ),
        );
    }
    rows
}

pub(super) fn advanced(form: &Form<'_>) -> Vec<Row> {
    let kind = form.says(general::LAUNCH_SECURITY);
    let mut rows = Vec::new();
    if !kind.starts_with("sev") {
        return rows;
    }
    rows.push(
        form.number("c-bit", tr("Encryption bit"), launch::C_BIT, 0..=63, "")
            .example("51")
            .help(
                tr("The bit of an address that marks encrypted memory. Empty takes the processor's."),
                "<cbitpos>51</cbitpos>",
            ),
    );
    rows.push(
        form.number(
            "reduced-bits",
            tr("Address bits that are lost"),
            launch::REDUCED_BITS,
            0..=63,
            "",
        )
        .example("1")
        .help(
            tr("By how many bits addresses become shorter. Empty takes the processor's."),
            "<reducedPhysBits>1</reducedPhysBits>",
        ),
    );
    let base64 =
        |id, title, field: Field<String>, help, xml| form.text(id, title, field).example("AQAAAA==").help(help, xml);
    if kind == "sev" {
        rows.push(base64(
            "certificate",
            tr("Owner's certificate"),
            launch::DH_CERT,
            tr("The certificate of the guest's owner, in Base64."),
            "<dhCert>AQAAAA==</dhCert>",
        ));
        rows.push(base64(
            "session",
            tr("Owner's session"),
            launch::SESSION,
            tr("The session of the guest's owner, in Base64."),
            "<session>AQAAAA==</session>",
        ));
    } else {
        rows.push(base64(
            "id-block",
            tr("Identity"),
            launch::ID_BLOCK,
            tr("What the machine must measure to start, in Base64."),
            "<idBlock>AQAAAA==</idBlock>",
        ));
        rows.push(base64(
            "id-auth",
            tr("Proof of the identity"),
            launch::ID_AUTH,
            tr("Signatures and keys of the identity, in Base64."),
            "<idAuth>AQAAAA==</idAuth>",
        ));
        rows.push(base64(
            "host-data",
            tr("Data in reports"),
            launch::HOST_DATA,
            tr("Data of the owner that reports carry, in Base64."),
            "<hostData>AQAAAA==</hostData>",
        ));
    }
    rows
}

/// Changes the kind of protection. What another kind says goes, what both say stays; the policy begins anew.
fn set_kind(domain: &mut Domain, node: NodeId, kind: &str) -> Result<(), Refused> {
    let document = domain.document_mut();
    let had: String = document.get(node, general::LAUNCH_SECURITY).unwrap_or_default();
    if had == kind {
        return Ok(());
    }
    if kind.is_empty() {
        if let Some(place) = document.child(node, "launchSecurity") {
            document.remove(place);
        }
        return Ok(());
    }
    let place = document.ensure_path(node, "launchSecurity")?;
    document.set_attribute(place, "type", kind)?;
    let (elements, attributes) = parts(kind);
    for other in KINDS {
        let (old, said) = parts(other);
        for name in old.iter().filter(|name| !elements.contains(*name)) {
            if let Some(element) = document.child(place, name) {
                document.remove(element);
            }
        }
        for name in said.iter().filter(|name| !attributes.contains(*name)) {
            document.remove_attribute(place, name);
        }
    }
    // Its bits mean something else now.
    document.set(node, launch::POLICY, policy(kind).map(str::to_owned))
}

fn set_policy(domain: &mut Domain, node: NodeId, value: &Value, required: bool) -> Result<(), Refused> {
    let text = value.text().trim().to_lowercase();
    let digits = text.strip_prefix("0x").unwrap_or(&text);
    let is_hex = !digits.is_empty() && digits.len() <= 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (text.is_empty(), is_hex) {
        (true, _) if required => Err(Refused(tr_f("{name} must not be empty.", &[("name", &tr("Policy"))]))),
        (true, _) => domain.document_mut().set(node, launch::POLICY, None),
        (false, true) => domain.document_mut().set(node, launch::POLICY, Some(text)),
        (false, false) => Err(Refused(tr_f("“{text}” is no hexadecimal number.", &[("text", &text)]))),
    }
}
