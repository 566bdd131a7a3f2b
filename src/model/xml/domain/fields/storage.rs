//! Disks, controllers, file systems, relative to the device's element.

use crate::model::xml::field::fields;

fields! {
    /// What every device may have.
    device {
        /// Name that libvirt or the user gave it.
        ALIAS: String = Text, "alias/@name";
        /// Place in the boot order.
        BOOT_ORDER: u64 = Number, "boot/@order";
        /// Kind of address.
        ADDRESS_TYPE: String = Text, "address/@type";
        /// The PCI card has its boot ROM.
        ROM_BAR: bool = OnOff, "rom/@bar";
        /// File of that ROM.
        ROM_FILE: String = Text, "rom/@file";
        /// Number that the guest names the card by.
        ACPI_INDEX: u64 = Number, "acpi/@index";
        /// The IOMMU translates its accesses.
        IOMMU: bool = OnOff, "driver/@iommu";
        /// It uses address translation services.
        ATS: bool = OnOff, "driver/@ats";
        /// It uses packed queues.
        PACKED: bool = OnOff, "driver/@packed";
        /// Each queue has a page for its doorbell.
        PAGE_PER_VQ: bool = OnOff, "driver/@page_per_vq";
        /// The PCI card has a boot ROM at all.
        ROM_ENABLED: bool = YesNo, "rom/@enabled";
    }
}

fields! {
    /// A disk, CD-ROM drive, floppy drive or SCSI unit.
    disk {
        /// Kind of source: `file`, `block`, `dir`, `network`, `volume`, `nvme`, `vhostuser`, `vhostvdpa`.
        TYPE: String = Text, "@type";
        /// `disk`, `cdrom`, `floppy`, `lun`.
        DEVICE: String = Text, "@device";
        /// Form of a virtio disk: `virtio`, `virtio-transitional`, `virtio-non-transitional`.
        MODEL: String = Text, "@model";
        /// Whether snapshots include it: `no`, `internal`, `external`, `manual`.
        SNAPSHOT: String = Text, "@snapshot";
        /// The guest may send any SCSI command (`lun`).
        RAW_IO: bool = YesNo, "@rawio";
        /// Which SCSI commands pass: `filtered` or `unfiltered` (`lun`).
        SG_IO: String = Text, "@sgio";
        /// Name in the guest.
        TARGET: String = Text, "target/@dev";
        /// Bus; change it with [`crate::model::xml::domain::Domain::set_disk_bus`].
        BUS: String = Text, "target/@bus";
        /// Whether the tray is open.
        TRAY: String = Text, "target/@tray";
        /// It can be unplugged by the guest's user.
        REMOVABLE: bool = OnOff, "target/@removable";
        /// Speed that the guest believes, 1 for an SSD.
        ROTATION_RATE: u64 = Number, "target/@rotation_rate";
        /// Image file.
        SOURCE_FILE: String = Text, "source/@file";
        /// Device of the host.
        SOURCE_DEV: String = Text, "source/@dev";
        /// Folder of the host.
        SOURCE_DIR: String = Text, "source/@dir";
        /// Storage pool.
        SOURCE_POOL: String = Text, "source/@pool";
        /// Its volume.
        SOURCE_VOLUME: String = Text, "source/@volume";
        /// Protocol of a network source.
        SOURCE_PROTOCOL: String = Text, "source/@protocol";
        /// Name there.
        SOURCE_NAME: String = Text, "source/@name";
        /// Query of an http source.
        SOURCE_QUERY: String = Text, "source/@query";
        /// Host of a network source.
        SOURCE_HOST: String = Text, "source/host/@name";
        /// Its port.
        SOURCE_PORT: String = Text, "source/host/@port";
        /// How an iSCSI pool's volume is reached: `host` or `direct`.
        SOURCE_MODE: String = Text, "source/@mode";
        /// Socket of a vhost-user daemon.
        SOURCE_PATH: String = Text, "source/@path";
        /// The connection is encrypted (`nbd`).
        SOURCE_TLS: bool = YesNo, "source/@tls";
        /// Name that the server's certificate has to have.
        SOURCE_TLS_HOST: String = Text, "source/@tlsHostname";
        /// The server's certificate is checked (`https`, `ftps`).
        SOURCE_SSL_VERIFY: bool = YesNo, "source/ssl/@verify";
        /// Snapshot of an RBD image.
        SOURCE_SNAPSHOT: String = Text, "source/snapshot/@name";
        /// Ceph's configuration file.
        SOURCE_CONFIG: String = Text, "source/config/@file";
        /// Name that the host has towards an iSCSI server.
        SOURCE_INITIATOR: String = Text, "source/initiator/iqn/@name";
        /// Bytes that are read ahead.
        SOURCE_READAHEAD: u64 = Number, "source/readahead/@size";
        /// Seconds until a server counts as gone.
        SOURCE_TIMEOUT: u64 = Number, "source/timeout/@seconds";
        /// Seconds in which a lost connection is made anew.
        SOURCE_RECONNECT: u64 = Number, "source/reconnect/@delay";
        /// The same for a vhost-user daemon.
        SOURCE_RECONNECT_TIMEOUT: u64 = Number, "source/reconnect/@timeout";
        /// File with the keys of hosts (`ssh`).
        SOURCE_KNOWN_HOSTS: String = Text, "source/knownHosts/@path";
        /// User there (`ssh`).
        SOURCE_USERNAME: String = Text, "source/identity/@username";
        /// Key of that user (`ssh`).
        SOURCE_KEY_FILE: String = Text, "source/identity/@keyfile";
        /// Owner of the file (`nfs`).
        SOURCE_USER: String = Text, "source/identity/@user";
        /// Group of the file (`nfs`).
        SOURCE_GROUP: String = Text, "source/identity/@group";
        /// libvirt takes the device from the host and gives it back (`nvme`).
        SOURCE_MANAGED: bool = YesNo, "source/@managed";
        /// Number of the namespace (`nvme`).
        SOURCE_NAMESPACE: u64 = Number, "source/@namespace";
        /// What to do when it is missing at the start.
        STARTUP_POLICY: String = Text, "source/@startupPolicy";
        /// Persistent reservations.
        RESERVATIONS: bool = YesNo, "source/reservations/@managed";
        /// Driver.
        DRIVER: String = Text, "driver/@name";
        /// Format.
        FORMAT: String = Text, "driver/@type";
        /// Cache mode.
        CACHE: String = Text, "driver/@cache";
        /// How I/O is done.
        IO: String = Text, "driver/@io";
        /// What happens when writing fails.
        ERROR_POLICY: String = Text, "driver/@error_policy";
        /// What happens when reading fails.
        READ_ERROR_POLICY: String = Text, "driver/@rerror_policy";
        /// Whether the guest's discards reach the image.
        DISCARD: String = Text, "driver/@discard";
        /// What is done with zeroes that the guest writes.
        DETECT_ZEROES: String = Text, "driver/@detect_zeroes";
        /// The thread for its I/O.
        IOTHREAD: u64 = Number, "driver/@iothread";
        /// Queues.
        QUEUES: u64 = Number, "driver/@queues";
        /// Length of a queue.
        QUEUE_SIZE: u64 = Number, "driver/@queue_size";
        /// Discarded clusters stay where they are in the image.
        DISCARD_NO_UNREF: bool = OnOff, "driver/@discard_no_unref";
        /// What is read stays in the image.
        COPY_ON_READ: bool = OnOff, "driver/@copy_on_read";
        /// Size of the metadata cache in bytes.
        METADATA_CACHE: u64 = Size("bytes"), "driver/metadata_cache/max_size";
        /// The guest cannot write.
        READONLY: bool = Present, "readonly";
        /// Other machines may use it at the same time.
        SHAREABLE: bool = Present, "shareable";
        /// What is written is lost at the end.
        TRANSIENT: bool = Present, "transient";
        /// Serial number.
        SERIAL: String = Text, "serial";
        /// World-wide name.
        WWN: String = Text, "wwn";
        /// Vendor.
        VENDOR: String = Text, "vendor";
        /// Product.
        PRODUCT: String = Text, "product";
        /// Block size that the guest sees.
        LOGICAL_BLOCK_SIZE: u64 = Number, "blockio/@logical_block_size";
        /// Block size below.
        PHYSICAL_BLOCK_SIZE: u64 = Number, "blockio/@physical_block_size";
        /// Domain that has the disk (Xen).
        BACKEND_DOMAIN: String = Text, "backenddomain/@name";
        /// Least that can be discarded.
        DISCARD_GRANULARITY: u64 = Number, "blockio/@discard_granularity";
        /// Limit in bytes a second.
        TOTAL_BYTES: u64 = Number, "iotune/total_bytes_sec";
        /// Limit of reading.
        READ_BYTES: u64 = Number, "iotune/read_bytes_sec";
        /// Limit of writing.
        WRITE_BYTES: u64 = Number, "iotune/write_bytes_sec";
        /// Limit in operations a second.
        TOTAL_IOPS: u64 = Number, "iotune/total_iops_sec";
        /// Limit of reading.
        READ_IOPS: u64 = Number, "iotune/read_iops_sec";
        /// Limit of writing.
        WRITE_IOPS: u64 = Number, "iotune/write_iops_sec";
        /// Bytes a second in a burst.
        TOTAL_BYTES_MAX: u64 = Number, "iotune/total_bytes_sec_max";
        /// Of reading.
        READ_BYTES_MAX: u64 = Number, "iotune/read_bytes_sec_max";
        /// Of writing.
        WRITE_BYTES_MAX: u64 = Number, "iotune/write_bytes_sec_max";
        /// Operations a second in a burst.
        TOTAL_IOPS_MAX: u64 = Number, "iotune/total_iops_sec_max";
        /// Of reading.
        READ_IOPS_MAX: u64 = Number, "iotune/read_iops_sec_max";
        /// Of writing.
        WRITE_IOPS_MAX: u64 = Number, "iotune/write_iops_sec_max";
        /// Seconds of a burst of bytes.
        TOTAL_BYTES_LENGTH: u64 = Number, "iotune/total_bytes_sec_max_length";
        /// Of reading.
        READ_BYTES_LENGTH: u64 = Number, "iotune/read_bytes_sec_max_length";
        /// Of writing.
        WRITE_BYTES_LENGTH: u64 = Number, "iotune/write_bytes_sec_max_length";
        /// Seconds of a burst of operations.
        TOTAL_IOPS_LENGTH: u64 = Number, "iotune/total_iops_sec_max_length";
        /// Of reading.
        READ_IOPS_LENGTH: u64 = Number, "iotune/read_iops_sec_max_length";
        /// Of writing.
        WRITE_IOPS_LENGTH: u64 = Number, "iotune/write_iops_sec_max_length";
        /// Bytes from which on an operation counts as several.
        SIZE_IOPS: u64 = Number, "iotune/size_iops_sec";
        /// Throttle group.
        THROTTLE_GROUP: String = Text, "iotune/group_name";
    }
}

fields! {
    /// What disks, serial ports, USB and PCI devices hang on.
    controller {
        /// `ide`, `fdc`, `scsi`, `sata`, `usb`, `ccid`, `virtio-serial`, `pci`, `xenbus`, `isa`, `nvme`.
        TYPE: String = Text, "@type";
        /// Number among its kind.
        INDEX: u64 = Number, "@index";
        /// Model.
        MODEL: String = Text, "@model";
        /// Ports.
        PORTS: u64 = Number, "@ports";
        /// Vectors of a virtio-serial controller.
        VECTORS: u64 = Number, "@vectors";
        /// Serial number of an NVMe controller.
        SERIAL: String = Text, "serial";
        /// Queues.
        QUEUES: u64 = Number, "driver/@queues";
        /// The thread for its I/O.
        IOTHREAD: u64 = Number, "driver/@iothread";
        /// Number of a PCIe root port's chassis.
        CHASSIS: u64 = Number, "target/@chassis";
        /// Number of its port.
        PORT: u64 = Number, "target/@port";
        /// Devices can be plugged there while the machine runs.
        HOTPLUG: bool = OnOff, "target/@hotplug";
        /// Number of a PCI bridge.
        CHASSIS_NUMBER: u64 = Number, "target/@chassisNr";
        /// Number of the bus behind an expander.
        BUS_NUMBER: u64 = Number, "target/@busNr";
        /// Commands that wait for one unit.
        COMMANDS: u64 = Number, "driver/@cmd_per_lun";
        /// Sectors that one command moves at most.
        SECTORS: u64 = Number, "driver/@max_sectors";
        /// Pages that the guest may share with others (`xenbus`).
        GRANT_FRAMES: u64 = Number, "@maxGrantFrames";
        /// Channels of events (`xenbus`).
        EVENT_CHANNELS: u64 = Number, "@maxEventChannels";
        /// First port of the partner that takes over what is fast (USB 1).
        START_PORT: u64 = Number, "master/@startport";
        /// NUMA node of a PCI bus.
        NODE: u64 = Number, "target/node";
        /// Bytes for 64-bit addresses behind it.
        HOLE64: u64 = Size("KiB"), "pcihole64";
    }
}

fields! {
    /// A lease of a lock manager.
    lease {
        /// Lock space.
        LOCKSPACE: String = Text, "lockspace";
        /// Key.
        KEY: String = Text, "key";
        /// File.
        PATH: String = Text, "target/@path";
        /// Offset in it.
        OFFSET: u64 = Number, "target/@offset";
    }
}

fields! {
    /// A folder of the host.
    filesystem {
        /// `mount`, `template`, `file`, `block`, `ram`, `bind`, `volume`.
        TYPE: String = Text, "@type";
        /// Form of the card: `virtio`, `virtio-transitional`, `virtio-non-transitional`.
        MODEL: String = Text, "@model";
        /// How owners are treated.
        ACCESS_MODE: String = Text, "@accessmode";
        /// Mode of new files.
        FILE_MODE: String = Text, "@fmode";
        /// Mode of new folders.
        DIR_MODE: String = Text, "@dmode";
        /// What happens with links to other devices.
        MULTIDEVS: String = Text, "@multidevs";
        /// Driver: `virtiofs`, `path`, `loop`, `nbd`, `mtp` …
        DRIVER: String = Text, "driver/@type";
        /// Format of an image.
        FORMAT: String = Text, "driver/@format";
        /// When writes reach the host.
        WRITE_POLICY: String = Text, "driver/@wrpolicy";
        /// Queue of a virtiofs.
        QUEUE: u64 = Number, "driver/@queue";
        /// The daemon of a virtiofs.
        BINARY: String = Text, "binary/@path";
        /// It keeps extended attributes.
        XATTR: bool = OnOff, "binary/@xattr";
        /// How much it caches.
        CACHE: String = Text, "binary/cache/@mode";
        /// How the daemon is shut in: `namespace` or `chroot`.
        SANDBOX: String = Text, "binary/sandbox/@mode";
        /// POSIX locks reach the host.
        LOCK_POSIX: bool = OnOff, "binary/lock/@posix";
        /// BSD locks reach the host.
        LOCK_FLOCK: bool = OnOff, "binary/lock/@flock";
        /// Files that the daemon may hold open.
        OPEN_FILES: u64 = Number, "binary/openfiles/@max";
        /// Threads of the daemon.
        THREADS: u64 = Number, "binary/thread_pool/@size";
        /// Folder.
        SOURCE_DIR: String = Text, "source/@dir";
        /// Image.
        SOURCE_FILE: String = Text, "source/@file";
        /// Device.
        SOURCE_DEV: String = Text, "source/@dev";
        /// Size of a RAM disk.
        SOURCE_USAGE: u64 = Number, "source/@usage";
        /// Template of a container.
        SOURCE_NAME: String = Text, "source/@name";
        /// Unit of the size of a RAM disk.
        SOURCE_UNITS: String = Text, "source/@units";
        /// Socket of a daemon that runs already.
        SOURCE_SOCKET: String = Text, "source/@socket";
        /// Tag or folder in the guest.
        TARGET: String = Text, "target/@dir";
        /// The guest cannot write.
        READONLY: bool = Present, "readonly";
        /// Quota in bytes.
        HARD_LIMIT: u64 = Size("bytes"), "space_hard_limit";
        /// Warning limit in bytes.
        SOFT_LIMIT: u64 = Size("bytes"), "space_soft_limit";
    }
}

fields! {
    /// A range of owners that a shared folder shows as others, below `<idmap>`.
    id_range {
        /// First one in the guest.
        START: String = Text, "@start";
        /// First one on the host.
        TARGET: String = Text, "@target";
        /// How many.
        COUNT: String = Text, "@count";
    }
}

fields! {
    /// A server of a network disk, below `<source>`.
    server {
        /// Name or address.
        NAME: String = Text, "@name";
        /// Port.
        PORT: String = Text, "@port";
        /// `tcp`, `rdma`, `unix`.
        TRANSPORT: String = Text, "@transport";
        /// Socket (`unix`).
        SOCKET: String = Text, "@socket";
    }
}

fields! {
    /// A cookie of an http disk, below `<cookies>`.
    cookie {
        /// Name.
        NAME: String = Text, "@name";
        /// Value.
        VALUE: String = Text, ".";
    }
}
