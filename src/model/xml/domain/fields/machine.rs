//! Settings of the machine itself, relative to `<domain>`.

use crate::model::xml::field::fields;

fields! {
    /// Identity and words.
    general {
        /// Kind of hypervisor.
        TYPE: String = Text, "@type";
        /// Name.
        NAME: String = Text, "name";
        /// Identity.
        UUID: String = Text, "uuid";
        /// Generation id for guests that must notice a restored snapshot; empty lets libvirt make one.
        GENID: String = Text, "genid";
        /// Title.
        TITLE: String = Text, "title";
        /// Description.
        DESCRIPTION: String = Text, "description";
        /// The program that runs the machine.
        EMULATOR: String = Text, "devices/emulator";
        /// Cgroup partition.
        PARTITION: String = Text, "resource/partition";
        /// Fibre Channel id for I/O.
        FC_APPID: String = Text, "resource/fibrechannel/@appid";
        /// What happens when the guest powers off.
        ON_POWEROFF: String = Text, "on_poweroff";
        /// What happens when the guest reboots.
        ON_REBOOT: String = Text, "on_reboot";
        /// What happens when the guest crashes.
        ON_CRASH: String = Text, "on_crash";
        /// What happens when a lock is lost.
        ON_LOCKFAILURE: String = Text, "on_lockfailure";
        /// Sleep is offered to the guest.
        SUSPEND_TO_MEM: bool = YesNo, "pm/suspend-to-mem/@enabled";
        /// Hibernation is offered to the guest.
        SUSPEND_TO_DISK: bool = YesNo, "pm/suspend-to-disk/@enabled";
        /// Kind of memory encryption (`sev`, `sev-snp`, `s390-pv`, `tdx`).
        LAUNCH_SECURITY: String = Text, "launchSecurity/@type";
        /// Where the SMBIOS tables come from.
        SMBIOS: String = Text, "os/smbios/@mode";
    }
}

fields! {
    /// Firmware and booting.
    os {
        /// `hvm`, `exe`, `linux`, `xen`, `xenpvh`.
        TYPE: String = Text, "os/type";
        /// Architecture.
        ARCH: String = Text, "os/type/@arch";
        /// Machine type.
        MACHINE: String = Text, "os/type/@machine";
        /// Firmware that libvirt chooses the files for.
        FIRMWARE: String = Text, "os/@firmware";
        /// Secure Boot is wanted of that firmware.
        SECURE_BOOT: bool = YesNo, "os/firmware/feature[@name='secure-boot']/@enabled";
        /// The vendor's keys are wanted in that firmware.
        ENROLLED_KEYS: bool = YesNo, "os/firmware/feature[@name='enrolled-keys']/@enabled";
        /// Firmware image.
        LOADER: String = Text, "os/loader";
        /// How it is loaded: `rom` or `pflash`.
        LOADER_TYPE: String = Text, "os/loader/@type";
        /// It is read-only.
        LOADER_READONLY: bool = YesNo, "os/loader/@readonly";
        /// It demands secure mode.
        LOADER_SECURE: bool = YesNo, "os/loader/@secure";
        /// It keeps no variables.
        LOADER_STATELESS: bool = YesNo, "os/loader/@stateless";
        /// Variables of the firmware.
        NVRAM: String = Text, "os/nvram";
        /// What new variables are made from.
        NVRAM_TEMPLATE: String = Text, "os/nvram/@template";
        /// Kernel for direct boot.
        KERNEL: String = Text, "os/kernel";
        /// Its initial RAM disk.
        INITRD: String = Text, "os/initrd";
        /// Its command line.
        CMDLINE: String = Text, "os/cmdline";
        /// Its device tree.
        DTB: String = Text, "os/dtb";
        /// The boot menu is shown.
        BOOT_MENU: bool = YesNo, "os/bootmenu/@enable";
        /// For so many milliseconds.
        BOOT_MENU_TIMEOUT: u64 = Number, "os/bootmenu/@timeout";
        /// The firmware speaks on the serial port.
        BIOS_SERIAL: bool = YesNo, "os/bios/@useserial";
        /// Milliseconds until a failed boot is tried again.
        REBOOT_TIMEOUT: u64 = Number, "os/bios/@rebootTimeout";
        /// First process of a container.
        INIT: String = Text, "os/init";
        /// Its directory.
        INIT_DIR: String = Text, "os/initdir";
        /// Its user.
        INIT_USER: String = Text, "os/inituser";
        /// Its group.
        INIT_GROUP: String = Text, "os/initgroup";
        /// Boot loader on the host.
        BOOTLOADER: String = Text, "bootloader";
        /// What that is started with.
        BOOTLOADER_ARGS: String = Text, "bootloader_args";
    }
}

fields! {
    /// Processors.
    cpu {
        /// Most virtual CPUs; change it with [`crate::model::xml::domain::Domain::set_max_vcpus`].
        MAX: u64 = Number, "vcpu";
        /// Virtual CPUs at the start.
        CURRENT: u64 = Number, "vcpu/@current";
        /// Host CPUs that they may run on.
        CPUSET: String = Text, "vcpu/@cpuset";
        /// Who places them: `static` or `auto`.
        PLACEMENT: String = Text, "vcpu/@placement";
        /// Threads for I/O.
        IOTHREADS: u64 = Number, "iothreads";
        /// How the model is chosen: `custom`, `host-model`, `host-passthrough`, `maximum`.
        MODE: String = Text, "cpu/@mode";
        /// How strictly the guest's CPU must be the one that was asked for.
        CHECK: String = Text, "cpu/@check";
        /// How a custom model must match.
        MATCH: String = Text, "cpu/@match";
        /// Only what can be migrated.
        MIGRATABLE: bool = OnOff, "cpu/@migratable";
        /// Model.
        MODEL: String = Text, "cpu/model";
        /// Whether a lesser model will do.
        FALLBACK: String = Text, "cpu/model/@fallback";
        /// Vendor.
        VENDOR: String = Text, "cpu/vendor";
        /// Sockets.
        SOCKETS: u64 = Number, "cpu/topology/@sockets";
        /// Dies in a socket.
        DIES: u64 = Number, "cpu/topology/@dies";
        /// Clusters in a die.
        CLUSTERS: u64 = Number, "cpu/topology/@clusters";
        /// Cores in a cluster.
        CORES: u64 = Number, "cpu/topology/@cores";
        /// Threads of a core.
        THREADS: u64 = Number, "cpu/topology/@threads";
        /// What the guest sees of caches.
        CACHE_MODE: String = Text, "cpu/cache/@mode";
        /// Which level of them.
        CACHE_LEVEL: u64 = Number, "cpu/cache/@level";
        /// Physical address bits: `emulate` or `passthrough`.
        ADDRESS_BITS_MODE: String = Text, "cpu/maxphysaddr/@mode";
        /// How many, if emulated.
        ADDRESS_BITS: u64 = Number, "cpu/maxphysaddr/@bits";
    }
}

fields! {
    /// Memory. Sizes are in bytes.
    memory {
        /// What the machine starts with; change it with [`crate::model::xml::domain::Domain::set_memory_kib`].
        SIZE: u64 = Size("KiB"), "memory";
        /// It is part of core dumps.
        DUMP_CORE: bool = OnOff, "memory/@dumpCore";
        /// What the guest has of it.
        CURRENT: u64 = Size("KiB"), "currentMemory";
        /// Limit for modules.
        MAX: u64 = Size("KiB"), "maxMemory";
        /// Slots for modules.
        SLOTS: u64 = Number, "maxMemory/@slots";
        /// Huge pages of the host are used.
        HUGEPAGES: bool = Present, "memoryBacking/hugepages";
        /// It is never swapped out.
        LOCKED: bool = Present, "memoryBacking/locked";
        /// The host must not merge it with others'.
        NO_SHARE_PAGES: bool = Present, "memoryBacking/nosharepages";
        /// Where it comes from: `anonymous`, `file`, `memfd`.
        SOURCE: String = Text, "memoryBacking/source/@type";
        /// Whether helpers on the host may see it: `shared` or `private`.
        ACCESS: String = Text, "memoryBacking/access/@mode";
        /// When it is taken: `immediate` or `ondemand`.
        ALLOCATION: String = Text, "memoryBacking/allocation/@mode";
        /// Threads that take it.
        ALLOCATION_THREADS: u64 = Number, "memoryBacking/allocation/@threads";
        /// It is thrown away at the end.
        DISCARD: bool = Present, "memoryBacking/discard";
    }
}

fields! {
    /// Shares and limits on the host. Sizes are in bytes.
    tune {
        /// Weight among machines.
        CPU_SHARES: u64 = Number, "cputune/shares";
        /// Period of a virtual CPU's quota in µs.
        CPU_PERIOD: u64 = Number, "cputune/period";
        /// Its quota in µs.
        CPU_QUOTA: String = Text, "cputune/quota";
        /// Period of the whole machine in µs.
        GLOBAL_PERIOD: u64 = Number, "cputune/global_period";
        /// Its quota in µs.
        GLOBAL_QUOTA: String = Text, "cputune/global_quota";
        /// Period of the emulator in µs.
        EMULATOR_PERIOD: u64 = Number, "cputune/emulator_period";
        /// Its quota in µs.
        EMULATOR_QUOTA: String = Text, "cputune/emulator_quota";
        /// Period of the threads for I/O in µs.
        IOTHREAD_PERIOD: u64 = Number, "cputune/iothread_period";
        /// Their quota in µs.
        IOTHREAD_QUOTA: String = Text, "cputune/iothread_quota";
        /// Host CPUs of the emulator.
        EMULATOR_PIN: String = Text, "cputune/emulatorpin/@cpuset";
        /// Weight of its disk traffic.
        BLKIO_WEIGHT: u64 = Number, "blkiotune/weight";
        /// Limit of memory.
        HARD_LIMIT: u64 = Size("KiB"), "memtune/hard_limit";
        /// Limit under pressure.
        SOFT_LIMIT: u64 = Size("KiB"), "memtune/soft_limit";
        /// Limit of memory and swap.
        SWAP_LIMIT: u64 = Size("KiB"), "memtune/swap_hard_limit";
        /// Memory that is guaranteed.
        MIN_GUARANTEE: u64 = Size("KiB"), "memtune/min_guarantee";
        /// How memory is placed on NUMA nodes.
        NUMA_MODE: String = Text, "numatune/memory/@mode";
        /// On which nodes.
        NUMA_NODES: String = Text, "numatune/memory/@nodeset";
        /// Who places it.
        NUMA_PLACEMENT: String = Text, "numatune/memory/@placement";
    }
}

fields! {
    /// Features of the machine.
    features {
        /// ACPI.
        ACPI: bool = Present, "features/acpi";
        /// APIC.
        APIC: bool = Present, "features/apic";
        /// End of interrupts is told in a cheaper way.
        APIC_EOI: bool = OnOff, "features/apic/@eoi";
        /// Physical address extension.
        PAE: bool = Present, "features/pae";
        /// Hardware-assisted paging.
        HAP: bool = OnOff, "features/hap/@state";
        /// Viridian extensions of Xen.
        VIRIDIAN: bool = Present, "features/viridian";
        /// A network namespace of its own for a container.
        PRIVNET: bool = Present, "features/privnet";
        /// Performance counters.
        PMU: bool = OnOff, "features/pmu/@state";
        /// System management mode.
        SMM: bool = OnOff, "features/smm/@state";
        /// VMware's I/O port.
        VMPORT: bool = OnOff, "features/vmport/@state";
        /// Who does the I/O APIC.
        IOAPIC: String = Text, "features/ioapic/@driver";
        /// Version of the interrupt controller on ARM.
        GIC: String = Text, "features/gic/@version";
        /// Paravirtual spin locks.
        PVSPINLOCK: bool = OnOff, "features/pvspinlock/@state";
        /// The guest cannot see that it runs on KVM.
        KVM_HIDDEN: bool = OnOff, "features/kvm/hidden/@state";
        /// Hints that each virtual CPU has a host CPU for itself.
        KVM_DEDICATED: bool = OnOff, "features/kvm/hint-dedicated/@state";
        /// The host leaves waiting for work to the guest.
        KVM_POLL: bool = OnOff, "features/kvm/poll-control/@state";
        /// Paravirtual interrupts between CPUs.
        KVM_PV_IPI: bool = OnOff, "features/kvm/pv-ipi/@state";
        /// How the features for Windows are chosen.
        HYPERV_MODE: String = Text, "features/hyperv/@mode";
        /// Relaxed timing.
        HYPERV_RELAXED: bool = OnOff, "features/hyperv/relaxed/@state";
        /// Virtual APIC.
        HYPERV_VAPIC: bool = OnOff, "features/hyperv/vapic/@state";
        /// Spin locks.
        HYPERV_SPINLOCKS: bool = OnOff, "features/hyperv/spinlocks/@state";
        /// Tries before giving up the CPU.
        HYPERV_RETRIES: u64 = Number, "features/hyperv/spinlocks/@retries";
        /// Index of the virtual CPU.
        HYPERV_VPINDEX: bool = OnOff, "features/hyperv/vpindex/@state";
        /// Run time of the virtual CPU.
        HYPERV_RUNTIME: bool = OnOff, "features/hyperv/runtime/@state";
        /// Synthetic interrupt controller.
        HYPERV_SYNIC: bool = OnOff, "features/hyperv/synic/@state";
        /// Synthetic timers.
        HYPERV_STIMER: bool = OnOff, "features/hyperv/stimer/@state";
        /// Direct synthetic timers.
        HYPERV_STIMER_DIRECT: bool = OnOff, "features/hyperv/stimer/direct/@state";
        /// Reset by the guest.
        HYPERV_RESET: bool = OnOff, "features/hyperv/reset/@state";
        /// Vendor id that the guest sees.
        HYPERV_VENDOR: String = Text, "features/hyperv/vendor_id/@value";
        /// Frequencies.
        HYPERV_FREQUENCIES: bool = OnOff, "features/hyperv/frequencies/@state";
        /// Notice of a change of the clock after migration.
        HYPERV_REENLIGHTENMENT: bool = OnOff, "features/hyperv/reenlightenment/@state";
        /// Flush of the TLB by the host.
        HYPERV_TLBFLUSH: bool = OnOff, "features/hyperv/tlbflush/@state";
        /// Interrupts between CPUs by the host.
        HYPERV_IPI: bool = OnOff, "features/hyperv/ipi/@state";
        /// Enlightened VMCS.
        HYPERV_EVMCS: bool = OnOff, "features/hyperv/evmcs/@state";
        /// Help by AMD's interrupt controller.
        HYPERV_AVIC: bool = OnOff, "features/hyperv/avic/@state";
        /// Cheaper changes of registers of nested guests.
        HYPERV_EMSR: bool = OnOff, "features/hyperv/emsr_bitmap/@state";
        /// Calls with values in XMM registers.
        HYPERV_XMM: bool = OnOff, "features/hyperv/xmm_input/@state";
        /// Place for the guest to tell where its crash dump is.
        VMCOREINFO: bool = OnOff, "features/vmcoreinfo/@state";
        /// What happens with model-specific registers that are not known.
        MSRS: String = Text, "features/msrs/@unknown";
        /// There is a controller for PS/2.
        PS2: bool = OnOff, "features/ps2/@state";
        /// Pages that the guest wrote to are noted in rings instead of maps.
        KVM_DIRTY_RING: bool = OnOff, "features/kvm/dirty-ring/@state";
        /// Entries of such a ring.
        KVM_DIRTY_RING_SIZE: u64 = Number, "features/kvm/dirty-ring/@size";
        /// Memory for code that was translated, in bytes.
        TCG_CACHE: u64 = Size("KiB"), "features/tcg/tb-cache";
        /// Xen's guest sees the host's map of memory.
        XEN_E820: bool = OnOff, "features/xen/e820_host/@state";
        /// Xen sets tables up for devices of the host.
        XEN_PASSTHROUGH: bool = OnOff, "features/xen/passthrough/@state";
        /// Whether the hashed page table of POWER can change its size.
        HPT_RESIZING: String = Text, "features/hpt/@resizing";
        /// Largest page of that table, in bytes.
        HPT_PAGE: u64 = Size("KiB"), "features/hpt/maxpagesize";
        /// Transactional memory of POWER.
        HTM: bool = OnOff, "features/htm/@state";
        /// Machines inside the machine on POWER.
        NESTED_HV: bool = OnOff, "features/nested-hv/@state";
        /// Help of POWER for flushing the count cache.
        CCF_ASSIST: bool = OnOff, "features/ccf-assist/@state";
        /// Guard against reading the first-level cache on POWER.
        CFPC: String = Text, "features/cfpc/@value";
        /// Guard against speculation past bounds on POWER.
        SBBC: String = Text, "features/sbbc/@value";
        /// Guard against speculated indirect branches on POWER.
        IBS: String = Text, "features/ibs/@value";
        /// Faults of the host's memory are reported to guests on ARM.
        RAS: bool = OnOff, "features/ras/@state";
        /// Memory is given back after the end on s390.
        ASYNC_TEARDOWN: bool = YesNo, "features/async-teardown/@enabled";
        /// Interrupt controllers of RISC-V.
        AIA: String = Text, "features/aia/@value";
        /// What the root of a container may do by default.
        CAPABILITIES: String = Text, "features/capabilities/@policy";
    }
}

fields! {
    /// The clock.
    clock {
        /// What the guest's clock follows: `utc`, `localtime`, `timezone`, `variable`, `absolute`.
        OFFSET: String = Text, "clock/@offset";
        /// Time zone.
        TIMEZONE: String = Text, "clock/@timezone";
        /// Seconds since 1970 that an absolute clock starts with.
        START: u64 = Number, "clock/@start";
        /// Seconds of difference.
        ADJUSTMENT: String = Text, "clock/@adjustment";
        /// Basis of a variable clock.
        BASIS: String = Text, "clock/@basis";
        /// What the real-time clock does about lost ticks.
        RTC: String = Text, "clock/timer[@name='rtc']/@tickpolicy";
        /// What the interval timer does about lost ticks.
        PIT: String = Text, "clock/timer[@name='pit']/@tickpolicy";
        /// There is an HPET.
        HPET: bool = YesNo, "clock/timer[@name='hpet']/@present";
        /// There is KVM's clock.
        KVMCLOCK: bool = YesNo, "clock/timer[@name='kvmclock']/@present";
        /// There is the clock for Windows.
        HYPERVCLOCK: bool = YesNo, "clock/timer[@name='hypervclock']/@present";
        /// How the time-stamp counter is done.
        TSC: String = Text, "clock/timer[@name='tsc']/@mode";
    }
}

fields! {
    /// Protection from the host, and keys.
    launch {
        /// Policy.
        POLICY: String = Text, "launchSecurity/policy";
        /// Bit of an address that marks encrypted memory.
        C_BIT: u64 = Number, "launchSecurity/cbitpos";
        /// Bits of an address that are lost.
        REDUCED_BITS: u64 = Number, "launchSecurity/reducedPhysBits";
        /// Kernel, initial RAM disk and command line are measured.
        KERNEL_HASHES: bool = YesNo, "launchSecurity/@kernelHashes";
        /// The author's key is a part of the identity.
        AUTHOR_KEY: bool = YesNo, "launchSecurity/@authorKey";
        /// Reports are signed with the chip's own key.
        VCEK: bool = YesNo, "launchSecurity/@vcek";
        /// The owner's certificate.
        DH_CERT: String = Text, "launchSecurity/dhCert";
        /// The owner's session.
        SESSION: String = Text, "launchSecurity/session";
        /// Identity.
        ID_BLOCK: String = Text, "launchSecurity/idBlock";
        /// What proves it.
        ID_AUTH: String = Text, "launchSecurity/idAuth";
        /// Data of the owner in reports.
        HOST_DATA: String = Text, "launchSecurity/hostData";
        /// AES keys are wrapped (IBM Z).
        WRAP_AES: bool = OnOff, "keywrap/cipher[@name='aes']/@state";
        /// DEA keys are wrapped (IBM Z).
        WRAP_DEA: bool = OnOff, "keywrap/cipher[@name='dea']/@state";
    }
}

fields! {
    /// Something that the host's processor counts.
    perf_event {
        /// Name.
        NAME: String = Text, "@name";
        /// Whether it is counted: `yes`, `no`.
        ENABLED: String = Text, "@enabled";
    }
}
