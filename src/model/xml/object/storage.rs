//! Storage pools and their volumes. Sizes are in bytes.

use super::object;
use crate::model::xml::field::fields;

object! {
    /// A storage pool.
    Pool = "pool"
}

object! {
    /// A volume of a storage pool.
    Volume = "volume"
}

fields! {
    /// Fields of a pool.
    pool {
        /// Kind: `dir`, `fs`, `netfs`, `logical`, `disk`, `iscsi`, `rbd`, `zfs` …
        TYPE: String = Text, "@type";
        /// Name.
        NAME: String = Text, "name";
        /// Identity.
        UUID: String = Text, "uuid";
        /// All space.
        CAPACITY: u64 = Size("bytes"), "capacity";
        /// Space that is used.
        ALLOCATION: u64 = Size("bytes"), "allocation";
        /// Space that is free.
        AVAILABLE: u64 = Size("bytes"), "available";
        /// Host that it lies on.
        SOURCE_HOST: String = Text, "source/host/@name";
        /// Its port.
        SOURCE_PORT: u64 = Number, "source/host/@port";
        /// Folder there.
        SOURCE_DIR: String = Text, "source/dir/@path";
        /// Device.
        SOURCE_DEVICE: String = Text, "source/device/@path";
        /// Name there.
        SOURCE_NAME: String = Text, "source/name";
        /// Format.
        SOURCE_FORMAT: String = Text, "source/format/@type";
        /// Adapter.
        SOURCE_ADAPTER: String = Text, "source/adapter/@name";
        /// Initiator of iSCSI.
        SOURCE_INITIATOR: String = Text, "source/initiator/iqn/@name";
        /// Protocol version of NFS.
        SOURCE_PROTOCOL: String = Text, "source/protocol/@ver";
        /// Kind of login.
        AUTH_TYPE: String = Text, "source/auth/@type";
        /// User.
        AUTH_USER: String = Text, "source/auth/@username";
        /// Secret with the password.
        AUTH_SECRET: String = Text, "source/auth/secret/@usage";
        /// Where it is seen on the host.
        TARGET: String = Text, "target/path";
        /// Mode of that.
        MODE: String = Text, "target/permissions/mode";
        /// Owner.
        OWNER: String = Text, "target/permissions/owner";
        /// Group.
        GROUP: String = Text, "target/permissions/group";
        /// New images are without copy-on-write.
        COW: bool = YesNo, "features/cow/@state";
    }
}

fields! {
    /// Fields of a volume.
    volume {
        /// Kind: `file`, `block`, `dir`, `network`.
        TYPE: String = Text, "@type";
        /// Name in its pool.
        NAME: String = Text, "name";
        /// Key.
        KEY: String = Text, "key";
        /// Size that a guest sees.
        CAPACITY: u64 = Size("bytes"), "capacity";
        /// Space that it takes.
        ALLOCATION: u64 = Size("bytes"), "allocation";
        /// Size on the host.
        PHYSICAL: u64 = Size("bytes"), "physical";
        /// Path on the host.
        PATH: String = Text, "target/path";
        /// Format.
        FORMAT: String = Text, "target/format/@type";
        /// Mode.
        MODE: String = Text, "target/permissions/mode";
        /// Owner.
        OWNER: String = Text, "target/permissions/owner";
        /// Group.
        GROUP: String = Text, "target/permissions/group";
        /// Version of the qcow2 format.
        COMPAT: String = Text, "target/compat";
        /// Size of its clusters.
        CLUSTER: u64 = Size("bytes"), "target/clusterSize";
        /// Lazy counting.
        LAZY_REFCOUNTS: bool = Present, "target/features/lazy_refcounts";
        /// Without copy-on-write.
        NO_COW: bool = Present, "target/nocow";
        /// Kind of encryption.
        ENCRYPTION: String = Text, "target/encryption/@format";
        /// Image that it builds on.
        BACKING: String = Text, "backingStore/path";
        /// Format of that.
        BACKING_FORMAT: String = Text, "backingStore/format/@type";
    }
}
