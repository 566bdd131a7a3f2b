//! The rest of what is on the board, relative to the device's element.

use crate::model::xml::field::fields;

fields! {
    /// A device of the host, given to the guest.
    hostdev {
        /// `subsystem` or `capabilities`.
        MODE: String = Text, "@mode";
        /// `usb`, `pci`, `scsi`, `scsi_host`, `mdev`; of containers `storage`, `misc`, `net`.
        TYPE: String = Text, "@type";
        /// libvirt takes it from the host and gives it back.
        MANAGED: bool = YesNo, "@managed";
        /// Model of a mediated device.
        MODEL: String = Text, "@model";
        /// It shows a screen.
        DISPLAY: bool = OnOff, "@display";
        /// It shows one while the guest boots.
        RAMFB: bool = OnOff, "@ramfb";
        /// What to do when it is missing at the start.
        STARTUP_POLICY: String = Text, "source/@startupPolicy";
        /// Vendor of a USB device.
        VENDOR: String = Text, "source/vendor/@id";
        /// Product of a USB device.
        PRODUCT: String = Text, "source/product/@id";
        /// Domain of the address.
        SOURCE_DOMAIN: String = Text, "source/address/@domain";
        /// Bus of the address.
        SOURCE_BUS: String = Text, "source/address/@bus";
        /// Slot of a PCI address.
        SOURCE_SLOT: String = Text, "source/address/@slot";
        /// Function of a PCI address.
        SOURCE_FUNCTION: String = Text, "source/address/@function";
        /// Device of a USB address.
        SOURCE_DEVICE: String = Text, "source/address/@device";
        /// Identity of a mediated device.
        SOURCE_UUID: String = Text, "source/address/@uuid";
        /// Adapter of a SCSI device.
        SOURCE_ADAPTER: String = Text, "source/adapter/@name";
        /// Driver of a PCI device.
        DRIVER: String = Text, "driver/@name";
        /// Its model.
        DRIVER_MODEL: String = Text, "driver/@model";
        /// The guest cannot write.
        READONLY: bool = Present, "readonly";
        /// Other machines may use it.
        SHAREABLE: bool = Present, "shareable";
        /// The guest's writes to the configuration space are filtered.
        WRITE_FILTERING: bool = YesNo, "source/@writeFiltering";
        /// Whether the guest may reset the device.
        GUEST_RESET: String = Text, "source/@guestReset";
        /// `adapter`, `iscsi` or `vhost`.
        SOURCE_PROTOCOL: String = Text, "source/@protocol";
        /// World-wide name of a SCSI adapter.
        SOURCE_WWPN: String = Text, "source/@wwpn";
        /// Name of an iSCSI unit.
        SOURCE_NAME: String = Text, "source/@name";
        /// Host of an iSCSI unit.
        SOURCE_HOST: String = Text, "source/host/@name";
        /// Its port.
        SOURCE_PORT: String = Text, "source/host/@port";
        /// Target of a SCSI address.
        SOURCE_TARGET: String = Text, "source/address/@target";
        /// Unit of a SCSI address.
        SOURCE_UNIT: String = Text, "source/address/@unit";
        /// Whether SCSI commands are filtered.
        SGIO: String = Text, "@sgio";
        /// The emulator may send raw commands.
        RAWIO: bool = YesNo, "@rawio";
        /// Block device for a container.
        SOURCE_BLOCK: String = Text, "source/block";
        /// Character device for a container.
        SOURCE_CHAR: String = Text, "source/char";
        /// Network interface for a container.
        SOURCE_INTERFACE: String = Text, "source/interface";
    }
}

fields! {
    /// A trusted platform module.
    tpm {
        /// `tpm-tis`, `tpm-crb`, `tpm-spapr` …
        MODEL: String = Text, "@model";
        /// `emulator`, `passthrough`, `external`.
        BACKEND: String = Text, "backend/@type";
        /// `2.0` or `1.2`.
        VERSION: String = Text, "backend/@version";
        /// Its state outlives an undefine.
        PERSISTENT: bool = YesNo, "backend/@persistent_state";
        /// Secret that its state is encrypted with.
        ENCRYPTION: String = Text, "backend/encryption/@secret";
        /// Device of the host.
        DEVICE: String = Text, "backend/device/@path";
        /// File or folder of its state.
        SOURCE: String = Text, "backend/source/@path";
        /// SHA-256 bank.
        SHA256: bool = Present, "backend/active_pcr_banks/sha256";
        /// SHA-1 bank.
        SHA1: bool = Present, "backend/active_pcr_banks/sha1";
        /// SHA-384 bank.
        SHA384: bool = Present, "backend/active_pcr_banks/sha384";
        /// SHA-512 bank.
        SHA512: bool = Present, "backend/active_pcr_banks/sha512";
        /// What the state is in: `file`, `dir`; `unix` for a socket.
        SOURCE_TYPE: String = Text, "backend/source/@type";
        /// `connect` for a socket.
        SOURCE_MODE: String = Text, "backend/source/@mode";
        /// Level of its log.
        DEBUG: u64 = Number, "backend/@debug";
        /// Profile of algorithms.
        PROFILE: String = Text, "backend/profile/@source";
        /// What becomes of algorithms that the host forbids.
        PROFILE_REMOVE: String = Text, "backend/profile/@removeDisabled";
    }
}

fields! {
    /// A watchdog.
    watchdog {
        /// Model.
        MODEL: String = Text, "@model";
        /// What happens when it bites.
        ACTION: String = Text, "@action";
    }
}

fields! {
    /// The balloon that gives memory back.
    memballoon {
        /// `virtio`, `virtio-transitional`, `xen`, `none`.
        MODEL: String = Text, "@model";
        /// It shrinks before the guest's memory runs out.
        AUTODEFLATE: bool = OnOff, "@autodeflate";
        /// Free pages are given back by themselves.
        FREE_PAGE_REPORTING: bool = OnOff, "@freePageReporting";
        /// Seconds between two figures.
        PERIOD: u64 = Number, "stats/@period";
    }
}

fields! {
    /// A source of random numbers.
    rng {
        /// Model.
        MODEL: String = Text, "@model";
        /// `random`, `builtin`, `egd`.
        BACKEND: String = Text, "backend/@model";
        /// Device of the host.
        DEVICE: String = Text, "backend";
        /// Bytes in a period.
        RATE_BYTES: u64 = Number, "rate/@bytes";
        /// Milliseconds of a period.
        RATE_PERIOD: u64 = Number, "rate/@period";
        /// How it reaches a daemon.
        TYPE: String = Text, "backend/@type";
        /// `bind` or `connect`.
        SOURCE_MODE: String = Text, "backend/source/@mode";
        /// Host of the daemon.
        SOURCE_HOST: String = Text, "backend/source/@host";
        /// Its port.
        SOURCE_SERVICE: String = Text, "backend/source/@service";
        /// Its socket.
        SOURCE_PATH: String = Text, "backend/source/@path";
    }
}

fields! {
    /// NVRAM of a pSeries guest.
    nvram {
        /// Its register.
        REGISTER: String = Text, "address/@reg";
    }
}

fields! {
    /// Tells the host of a crash.
    panic {
        /// Model.
        MODEL: String = Text, "@model";
    }
}

fields! {
    /// Memory shared with other machines. Sizes are in bytes.
    shmem {
        /// Name.
        NAME: String = Text, "@name";
        /// What may share it.
        ROLE: String = Text, "@role";
        /// Model.
        MODEL: String = Text, "model/@type";
        /// Size.
        SIZE: u64 = Size("bytes"), "size";
        /// Socket of its server.
        SERVER: String = Text, "server/@path";
        /// Vectors of interrupts.
        VECTORS: u64 = Number, "msi/@vectors";
        /// Interrupts through the kernel.
        IOEVENTFD: bool = OnOff, "msi/@ioeventfd";
    }
}

fields! {
    /// A memory module. Sizes are in bytes.
    module {
        /// `dimm`, `nvdimm`, `virtio-mem`, `virtio-pmem`, `sgx-epc`.
        MODEL: String = Text, "@model";
        /// Whether helpers on the host may see it.
        ACCESS: String = Text, "@access";
        /// Its content is lost at the end.
        DISCARD: bool = YesNo, "@discard";
        /// Size.
        SIZE: u64 = Size("KiB"), "target/size";
        /// What the guest has of it.
        REQUESTED: u64 = Size("KiB"), "target/requested";
        /// What the guest has of it now (running machines).
        CURRENT: u64 = Size("KiB"), "target/current";
        /// Step in which that can change.
        BLOCK: u64 = Size("KiB"), "target/block";
        /// NUMA node of the guest.
        NODE: u64 = Number, "target/node";
        /// Label area of an NVDIMM.
        LABEL: u64 = Size("KiB"), "target/label/size";
        /// File or device that backs it.
        SOURCE_PATH: String = Text, "source/path";
        /// Page size on the host.
        PAGE_SIZE: u64 = Size("KiB"), "source/pagesize";
        /// NUMA nodes of the host.
        SOURCE_NODES: String = Text, "source/nodemask";
        /// Identity of an NVDIMM (pSeries).
        UUID: String = Text, "uuid";
        /// Alignment of what backs it.
        ALIGN: u64 = Size("KiB"), "source/alignsize";
        /// What backs it is persistent memory.
        PMEM: bool = Present, "source/pmem";
        /// The guest cannot write.
        READONLY: bool = Present, "target/readonly";
        /// Slots are taken when needed.
        DYNAMIC_SLOTS: bool = YesNo, "target/@dynamicMemslots";
        /// Address in the guest.
        BASE: String = Text, "target/address/@base";
    }
}

fields! {
    /// An IOMMU.
    iommu {
        /// Model.
        MODEL: String = Text, "@model";
        /// Interrupts are remapped.
        INTERRUPTS: bool = OnOff, "driver/@intremap";
        /// The guest sees that caches are not coherent.
        CACHING: bool = OnOff, "driver/@caching_mode";
        /// Extended interrupt mode.
        EIM: bool = OnOff, "driver/@eim";
        /// Devices keep translations.
        IOTLB: bool = OnOff, "driver/@iotlb";
        /// Bits of an address.
        ADDRESS_BITS: u64 = Number, "driver/@aw_bits";
        /// Devices' memory accesses are translated.
        DMA_TRANSLATION: bool = OnOff, "driver/@dma_translation";
    }
}

fields! {
    /// A crypto accelerator.
    crypto {
        /// Model.
        MODEL: String = Text, "@model";
        /// Kind.
        TYPE: String = Text, "@type";
        /// `builtin` or `lkcf`.
        BACKEND: String = Text, "backend/@model";
        /// Queues.
        QUEUES: u64 = Number, "backend/@queues";
    }
}

fields! {
    /// Where a crashing guest leaves its last words. Sizes are in bytes.
    pstore {
        /// Kind of storage.
        BACKEND: String = Text, "@backend";
        /// File.
        PATH: String = Text, "path";
        /// Size.
        SIZE: u64 = Size("KiB"), "size";
    }
}
