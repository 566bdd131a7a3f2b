//! Features of the board, the clock, and what happens at the end.

mod arch;
mod clock;
mod events;
mod hyperv;

use super::{Context, Form, Group, Page};
use crate::i18n::tr;
use crate::model::facts::{Choice, Family, GuestKind};
use crate::model::hardware::{Row, Value};
use crate::model::xml::domain::fields::{features, general, os};
use crate::model::xml::field::Field;

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let kind = GuestKind::of(context.domain);
    let mut everyday = Vec::new();
    let mut advanced = Vec::new();
    let mut enlightenments = Vec::new();
    let mut timers = Vec::new();
    match kind.family() {
        Family::Container => {
            everyday.push(network(&form));
            everyday.push(rights(&form));
        }
        Family::Qemu if form.says(os::TYPE) != "exe" => {
            if kind.is_x86() {
                everyday.extend(hyperv::switch(&form));
            }
            everyday.extend(board(&form, &kind));
            if kind.is_x86() {
                advanced.extend(processors(&form));
            }
            advanced.extend(kvm(&form));
            advanced.extend(rare(&form, &kind));
            advanced.extend(arch::rows(&form, &kind));
            advanced.extend(arch::accelerator(&form));
            if kind.is_x86() {
                enlightenments = hyperv::single(&form);
            }
        }
        Family::Xen => {
            everyday.extend(board(&form, &kind));
            advanced.extend(processors(&form));
            advanced.extend(xen(&form));
        }
        _ => {
            everyday.extend(board(&form, &kind));
            advanced.extend(processors(&form));
        }
    }
    let mut groups = vec![
        Group::new(String::new(), everyday),
        Group::new(tr("Clock"), clock::everyday(&form)),
        Group::new(tr("When the Guest Stops"), events::rows(&form)),
    ];
    if kind.family() == Family::Qemu {
        groups.push(Group::new(tr("Sleep"), sleep(&form)));
        timers = clock::timers(&form);
    }
    groups.push(Group::folded(tr("Hyper-V Enlightenments"), enlightenments));
    groups.push(Group::folded(tr("Timers"), timers));
    groups.push(Group::advanced(advanced));
    Page::new(groups)
}

/// A switch for an element whose attribute `state` may be left out, which means on.
fn state(form: &Form<'_>, id: &'static str, title: String, field: Field<bool>, default: bool) -> Row {
    let mut row = form.switch(id, title, field, default);
    let element = field.path.rsplit_once("/@").map_or(field.path, |(element, _)| element);
    let document = form.context.domain.document();
    if row.value.some().is_none() && document.find(form.node, element).is_some() {
        row.value = Value::of("yes");
    }
    row.edit(move |domain, node, value| {
        let document = domain.document_mut();
        if value.some().is_some() {
            return document.set(node, field, Some(value.is_on()));
        }
        if let Some(place) = document.find(node, element) {
            document.prune(place);
        }
        Ok(())
    })
}

fn board(form: &Form<'_>, kind: &GuestKind) -> Vec<Row> {
    let mut rows = Vec::new();
    if kind.is_x86() || kind.is_arm() {
        rows.push(form.switch("acpi", "ACPI".to_owned(), features::ACPI, false).help(
            tr("Tells the guest about its hardware, and is how it is asked to shut down."),
            "<features><acpi/></features>",
        ));
    }
    if kind.is_arm() || !form.says(features::GIC).is_empty() {
        rows.push(
            form.choice(
                "gic",
                tr("Interrupt controller"),
                features::GIC,
                form.context.facts.gic_versions(),
            )
            .help(tr("The version of the ARM interrupt controller."), "<gic version='3'/>"),
        );
    }
    rows
}

/// What all processors of PCs have today.
fn processors(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.switch("apic", "APIC".to_owned(), features::APIC, false).help(
            tr("The interrupt controller that more than one processor needs."),
            "<features><apic/></features>",
        ),
        form.switch("pae", "PAE".to_owned(), features::PAE, false).help(
            tr("Lets 32-bit guests use more than 4 GiB of memory."),
            "<features><pae/></features>",
        ),
    ]
}

fn kvm(form: &Form<'_>) -> Vec<Row> {
    let is_kvm = form.context.domain.hypervisor() == "kvm";
    let wanted = |row: &Row| is_kvm || row.value.some().is_some();
    let rows = vec![
        form.switch("kvm-hidden", tr("Hide KVM from the guest"), features::KVM_HIDDEN, false)
            .help(
                tr("Some drivers refuse to work when they see that they run in a machine like this."),
                "<kvm><hidden state='on'/></kvm>",
            ),
        form.switch(
            "kvm-dedicated",
            tr("Processors are not shared"),
            features::KVM_DEDICATED,
            false,
        )
        .help(
            tr("Tells the guest that each virtual CPU has a processor of the host for itself. Use it with pinning only."),
            "<kvm><hint-dedicated state='on'/></kvm>",
        ),
        form.switch("kvm-poll", tr("Guest waits for work by itself"), features::KVM_POLL, false)
            .help(
                tr("Reacts faster, and uses more of the host's processors."),
                "<kvm><poll-control state='on'/></kvm>",
            ),
        form.switch("kvm-pv-ipi", tr("Cheap interrupts between processors"), features::KVM_PV_IPI, true)
            .help(
                tr("Processors of the guest wake each other through KVM, which is faster."),
                "<kvm><pv-ipi state='off'/></kvm>",
            ),
        form.switch("pvspinlock", tr("Cheap locks"), features::PVSPINLOCK, true).help(
            tr("A processor of the guest that waits for a lock gives its time away."),
            "<pvspinlock state='on'/>",
        ),
    ];
    rows.into_iter().filter(wanted).collect()
}

fn rare(form: &Form<'_>, kind: &GuestKind) -> Vec<Row> {
    let mut rows = vec![
        state(form, "pmu", tr("Performance counters"), features::PMU, true).help(
            tr("Lets programs in the guest count what the processor does."),
            "<pmu state='off'/>",
        ),
        state(
            form,
            "vmcoreinfo",
            tr("Crash dump information"),
            features::VMCOREINFO,
            false,
        )
        .locked(
            form.context
                .facts
                .feature_problem("vmcoreinfo")
                .filter(|_| form.says(features::VMCOREINFO).is_empty()),
        )
        .help(
            tr("The guest tells where its kernel's data is, so that a core dump of the machine can be read."),
            "<vmcoreinfo state='on'/>",
        ),
    ];
    if !kind.is_x86() {
        return rows;
    }
    let secure = form.says(os::SECURE_BOOT) == "yes" || form.says(os::LOADER_SECURE) == "yes";
    rows.push(
        state(form, "smm", tr("System management mode"), features::SMM, false)
            .note(secure.then(|| tr("Secure Boot needs it.")))
            .help(
                tr("A mode of the processor for firmware alone, which protects the variables of Secure Boot."),
                "<smm state='on'/>",
            ),
    );
    rows.push(state(form, "vmport", tr("VMware port"), features::VMPORT, true).help(
        tr("Emulates a port of VMware that some mouse drivers look for. Off is better on most systems."),
        "<vmport state='off'/>",
    ));
    rows.push(
        form.choice("ioapic", tr("I/O APIC by"), features::IOAPIC, io_apics())
            .help(
                tr("Who emulates the controller for interrupts of devices. QEMU's is needed for an IOMMU with interrupt remapping."),
                "<ioapic driver='kvm'/>",
            ),
    );
    if !form.says(features::APIC).is_empty() {
        rows.push(
            form.switch("apic-eoi", tr("Cheap end of interrupts"), features::APIC_EOI, true)
                .help(
                    tr("The guest tells the end of an interrupt without leaving to the host."),
                    "<apic eoi='on'/>",
                ),
        );
    }
    rows.push(
        form.choice("msrs", tr("Unknown registers"), features::MSRS, unknown_registers())
            .help(
                tr("What happens when the guest uses a model-specific register that KVM does not know."),
                "<msrs unknown='ignore'/>",
            ),
    );
    rows.push(
        form.switch("ps2", tr("PS/2 controller"), features::PS2, true)
            .locked(
                form.context
                    .facts
                    .feature_problem("ps2")
                    .filter(|_| form.says(features::PS2).is_empty()),
            )
            .help(
                tr("Keyboard and mouse that every PC has. Off is possible on Q35 with USB or virtio ones."),
                "<ps2 state='off'/>",
            ),
    );
    rows
}

fn io_apics() -> Vec<Choice> {
    vec![Choice::new("kvm", "KVM"), Choice::new("qemu", "QEMU")]
}

fn unknown_registers() -> Vec<Choice> {
    vec![
        Choice::new("ignore", tr("They are ignored")),
        Choice::new("fault", tr("The guest gets a fault")),
    ]
}

fn xen(form: &Form<'_>) -> Vec<Row> {
    vec![
        state(form, "hap", tr("Paging by hardware"), features::HAP, true).help(
            tr("The processor translates the guest's addresses, which is faster."),
            "<hap state='on'/>",
        ),
        form.switch("viridian", tr("Viridian enlightenments"), features::VIRIDIAN, false)
            .help(
                tr("Windows sees that it is virtual and runs better."),
                "<features><viridian/></features>",
            ),
        form.switch("e820", tr("The host's map of memory"), features::XEN_E820, false)
            .help(
                tr("The guest sees where the host's memory has gaps, as devices of the host may need it."),
                "<xen><e820_host state='on'/></xen>",
            ),
        form.switch(
            "passthrough",
            tr("Ready for devices of the host"),
            features::XEN_PASSTHROUGH,
            false,
        )
        .help(
            tr("Xen prepares the machine for devices of the host that are added while it runs."),
            "<xen><passthrough state='on'/></xen>",
        ),
    ]
}

fn rights(form: &Form<'_>) -> Row {
    let policies = vec![
        Choice::new("default", tr("All but what harms the host")),
        Choice::new("allow", tr("Everything")),
        Choice::new("deny", tr("Nothing")),
    ];
    let has_more = form
        .context
        .domain
        .document()
        .find(form.node, "features/capabilities")
        .is_some_and(|place| form.context.domain.document().children(place).next().is_some());
    let title = tr("What root may do");
    let row = match has_more {
        true => form.required_choice("rights", title, features::CAPABILITIES, policies),
        false => form.choice("rights", title, features::CAPABILITIES, policies),
    };
    row.help(
        tr("What the superuser of the container may do; single capabilities can be said in the XML."),
        "<capabilities policy='deny'/>",
    )
}

fn network(form: &Form<'_>) -> Row {
    form.switch("privnet", tr("Network of its own"), features::PRIVNET, false)
        .help(
            tr("The container does not see the host's network even where it has no interface."),
            "<features><privnet/></features>",
        )
}

fn sleep(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.switch("sleep", tr("Offer sleep"), general::SUSPEND_TO_MEM, true)
            .help(
                tr("The guest may go to sleep; it is woken with the machine's menu."),
                "<suspend-to-mem enabled='no'/>",
            ),
        form.switch("hibernate", tr("Offer hibernation"), general::SUSPEND_TO_DISK, true)
            .help(
                tr("The guest may write its memory to its disk and power off."),
                "<suspend-to-disk enabled='no'/>",
            ),
    ]
}
