//! What people see, hear and touch, relative to the device's element.

use crate::model::xml::field::fields;

fields! {
    /// A way to see the screen.
    graphics {
        /// `vnc`, `spice`, `dbus`, `sdl`, `egl-headless`, `rdp`, `desktop`.
        TYPE: String = Text, "@type";
        /// Port; −1 with autoport.
        PORT: String = Text, "@port";
        /// Port with TLS.
        TLS_PORT: String = Text, "@tlsPort";
        /// libvirt chooses the ports.
        AUTOPORT: bool = YesNo, "@autoport";
        /// WebSocket port.
        WEBSOCKET: String = Text, "@websocket";
        /// Address, in the older form.
        LISTEN: String = Text, "@listen";
        /// How it listens: `address`, `network`, `socket`, `none`.
        LISTEN_TYPE: String = Text, "listen/@type";
        /// Address.
        LISTEN_ADDRESS: String = Text, "listen/@address";
        /// Network whose address it takes.
        LISTEN_NETWORK: String = Text, "listen/@network";
        /// Socket.
        LISTEN_SOCKET: String = Text, "listen/@socket";
        /// Password.
        PASSWORD: String = Text, "@passwd";
        /// When it ends to hold.
        PASSWORD_VALID_TO: String = Text, "@passwdValidTo";
        /// What happens to those who are connected when it changes.
        CONNECTED: String = Text, "@connected";
        /// Keyboard layout.
        KEYMAP: String = Text, "@keymap";
        /// Who may connect beside others.
        SHARE_POLICY: String = Text, "@sharePolicy";
        /// Default for channels without a mode of their own.
        DEFAULT_MODE: String = Text, "@defaultMode";
        /// Compression of pictures.
        IMAGE_COMPRESSION: String = Text, "image/@compression";
        /// Detection of video.
        STREAMING: String = Text, "streaming/@mode";
        /// Compression of sound.
        PLAYBACK: bool = OnOff, "playback/@compression";
        /// The clipboard is shared.
        CLIPBOARD: bool = YesNo, "clipboard/@copypaste";
        /// Files can be dropped.
        FILE_TRANSFER: bool = YesNo, "filetransfer/@enable";
        /// Who moves the pointer.
        MOUSE: String = Text, "mouse/@mode";
        /// OpenGL.
        GL: bool = YesNo, "gl/@enable";
        /// Its render node.
        RENDER_NODE: String = Text, "gl/@rendernode";
        /// The sound that goes with it.
        AUDIO: u64 = Number, "audio/@id";
        /// Display of the host (`sdl`).
        DISPLAY: String = Text, "@display";
        /// Full screen (`sdl`, `desktop`).
        FULLSCREEN: bool = YesNo, "@fullscreen";
        /// Peer to peer (`dbus`).
        P2P: bool = YesNo, "@p2p";
    }
}

fields! {
    /// A graphics card.
    video {
        /// `virtio`, `vga`, `qxl`, `bochs`, `ramfb`, `none` …
        MODEL: String = Text, "model/@type";
        /// Memory in KiB.
        VRAM: u64 = Number, "model/@vram";
        /// Main memory of a QXL card in KiB.
        RAM: u64 = Number, "model/@ram";
        /// Memory of its frame buffer in KiB.
        VGAMEM: u64 = Number, "model/@vgamem";
        /// Screens.
        HEADS: u64 = Number, "model/@heads";
        /// The first one.
        PRIMARY: bool = YesNo, "model/@primary";
        /// Shared memory for pictures.
        BLOB: bool = OnOff, "model/@blob";
        /// EDID for the guest.
        EDID: bool = OnOff, "model/@edid";
        /// 3D acceleration.
        ACCEL3D: bool = YesNo, "model/acceleration/@accel3d";
        /// 2D acceleration.
        ACCEL2D: bool = YesNo, "model/acceleration/@accel2d";
        /// Its render node.
        RENDER_NODE: String = Text, "model/acceleration/@rendernode";
        /// Width that the guest starts with.
        WIDTH: u64 = Number, "model/resolution/@x";
        /// Height.
        HEIGHT: u64 = Number, "model/resolution/@y";
        /// Driver.
        DRIVER: String = Text, "driver/@name";
    }
}

fields! {
    /// A sound card.
    sound {
        /// Model.
        MODEL: String = Text, "@model";
        /// Where its sound goes.
        AUDIO: u64 = Number, "audio/@id";
        /// Codec.
        CODEC: String = Text, "codec/@type";
        /// Streams of a virtio card.
        STREAMS: u64 = Number, "@streams";
        /// Channels of a USB card.
        MULTICHANNEL: bool = YesNo, "@multichannel";
    }
}

fields! {
    /// Where sound goes on the host.
    audio {
        /// Number that cards and displays name it by.
        ID: u64 = Number, "@id";
        /// `none`, `alsa`, `pulseaudio`, `pipewire`, `spice`, `dbus`, `file`, `jack`, `oss`, `sdl`, `coreaudio`.
        TYPE: String = Text, "@type";
        /// Milliseconds of a period.
        TIMER_PERIOD: u64 = Number, "@timerPeriod";
        /// Server.
        SERVER: String = Text, "@serverName";
        /// File.
        PATH: String = Text, "@path";
        /// Device for playing.
        OUTPUT_DEV: String = Text, "output/@dev";
        /// Device for recording.
        INPUT_DEV: String = Text, "input/@dev";
        /// QEMU mixes.
        OUTPUT_MIXING: bool = YesNo, "output/@mixingEngine";
    }
}

fields! {
    /// Keyboard, mouse, tablet, or a device of the host's own.
    input {
        /// `mouse`, `tablet`, `keyboard`, `passthrough`, `evdev`.
        TYPE: String = Text, "@type";
        /// `ps2`, `usb`, `virtio`, `xen`.
        BUS: String = Text, "@bus";
        /// Model of a virtio device.
        MODEL: String = Text, "@model";
        /// Event device of the host.
        SOURCE_EVDEV: String = Text, "source/@evdev";
        /// Event device.
        SOURCE_DEV: String = Text, "source/@dev";
        /// What is taken together with it.
        GRAB: String = Text, "source/@grab";
        /// Keys that give it back.
        GRAB_TOGGLE: String = Text, "source/@grabToggle";
        /// Repeated keys.
        REPEAT: bool = OnOff, "source/@repeat";
    }
}

fields! {
    /// A reader of smartcards.
    smartcard {
        /// `host`, `host-certificates`, `passthrough`.
        MODE: String = Text, "@mode";
        /// Where a passed-through one comes from.
        TYPE: String = Text, "@type";
        /// Folder of certificates.
        DATABASE: String = Text, "database";
    }
}

fields! {
    /// A USB port that a viewer may connect to.
    redirdev {
        /// Bus.
        BUS: String = Text, "@bus";
        /// `spicevmc` or `tcp`.
        TYPE: String = Text, "@type";
        /// Host.
        SOURCE_HOST: String = Text, "source/@host";
        /// Port.
        SOURCE_SERVICE: String = Text, "source/@service";
    }
}

fields! {
    /// A hub.
    hub {
        /// Kind of hub.
        TYPE: String = Text, "@type";
    }
}
