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
        /// The viewer may turn the machine off.
        POWER_CONTROL: bool = YesNo, "@powerControl";
        /// Address of the bus (`dbus`).
        ADDRESS: String = Text, "@address";
        /// File of the cookie for an X display (`sdl`).
        XAUTH: String = Text, "@xauth";
        /// Who logs in (`rdp`).
        USERNAME: String = Text, "@username";
        /// A second one who connects takes the place of the first (`rdp`).
        REPLACE_USER: bool = YesNo, "@replaceUser";
        /// Several may be connected (`rdp`).
        MULTI_USER: bool = YesNo, "@multiUser";
        /// JPEG for slow connections.
        JPEG: String = Text, "jpeg/@compression";
        /// GLZ for slow connections.
        ZLIB: String = Text, "zlib/@compression";
        /// Whether the channel `main` is encrypted.
        MODE_MAIN: String = Text, "channel[@name='main']/@mode";
        /// Whether the channel `display` is encrypted.
        MODE_DISPLAY: String = Text, "channel[@name='display']/@mode";
        /// Whether the channel `inputs` is encrypted.
        MODE_INPUTS: String = Text, "channel[@name='inputs']/@mode";
        /// Whether the channel `cursor` is encrypted.
        MODE_CURSOR: String = Text, "channel[@name='cursor']/@mode";
        /// Whether the channel `playback` is encrypted.
        MODE_PLAYBACK: String = Text, "channel[@name='playback']/@mode";
        /// Whether the channel `record` is encrypted.
        MODE_RECORD: String = Text, "channel[@name='record']/@mode";
        /// Whether the channel `smartcard` is encrypted.
        MODE_SMARTCARD: String = Text, "channel[@name='smartcard']/@mode";
        /// Whether the channel `usbredir` is encrypted.
        MODE_USBREDIR: String = Text, "channel[@name='usbredir']/@mode";
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
        /// Second half of a QXL card's memory in KiB.
        VRAM64: u64 = Number, "model/@vram64";
        /// Which VGA accesses it answers (bhyve).
        VGA_CONF: String = Text, "driver/@vgaconf";
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
        /// Folder of PipeWire's socket.
        RUNTIME_DIR: String = Text, "@runtimeDir";
        /// Driver of SDL.
        SDL_DRIVER: String = Text, "@driver";
        /// Memory is mapped where that works (`oss`).
        TRY_MMAP: bool = YesNo, "@tryMMap";
        /// Nobody else may use the device (`oss`).
        EXCLUSIVE: bool = YesNo, "@exclusive";
        /// Timing policy, −1 for none (`oss`).
        DSP_POLICY: String = Text, "@dspPolicy";
        /// QEMU mixes what is recorded.
        INPUT_MIXING: bool = YesNo, "input/@mixingEngine";
        /// The format below is kept (playing).
        OUTPUT_FIXED: bool = YesNo, "output/@fixedSettings";
        /// Voices (playing).
        OUTPUT_VOICES: u64 = Number, "output/@voices";
        /// Length of the buffer in microseconds (playing).
        OUTPUT_BUFFER: u64 = Number, "output/@bufferLength";
        /// Number of buffers (playing).
        OUTPUT_BUFFERS: u64 = Number, "output/@bufferCount";
        /// Name of the sink or source (playing).
        OUTPUT_NAME: String = Text, "output/@name";
        /// Name of the stream (playing).
        OUTPUT_STREAM: String = Text, "output/@streamName";
        /// Latency in microseconds (playing).
        OUTPUT_LATENCY: u64 = Number, "output/@latency";
        /// Server (`jack`) (playing).
        OUTPUT_SERVER: String = Text, "output/@serverName";
        /// Name of the client (`jack`) (playing).
        OUTPUT_CLIENT: String = Text, "output/@clientName";
        /// Ports to connect to (`jack`) (playing).
        OUTPUT_PORTS: String = Text, "output/@connectPorts";
        /// The name of the client is not changed (`jack`) (playing).
        OUTPUT_EXACT_NAME: bool = YesNo, "output/@exactName";
        /// The device is polled (`oss`) (playing).
        OUTPUT_TRY_POLL: bool = YesNo, "output/@tryPoll";
        /// Samples a second (playing).
        OUTPUT_FREQUENCY: u64 = Number, "output/settings/@frequency";
        /// Channels (playing).
        OUTPUT_CHANNELS: u64 = Number, "output/settings/@channels";
        /// Format of a sample (playing).
        OUTPUT_FORMAT: String = Text, "output/settings/@format";
        /// The format below is kept (recording).
        INPUT_FIXED: bool = YesNo, "input/@fixedSettings";
        /// Voices (recording).
        INPUT_VOICES: u64 = Number, "input/@voices";
        /// Length of the buffer in microseconds (recording).
        INPUT_BUFFER: u64 = Number, "input/@bufferLength";
        /// Number of buffers (recording).
        INPUT_BUFFERS: u64 = Number, "input/@bufferCount";
        /// Name of the sink or source (recording).
        INPUT_NAME: String = Text, "input/@name";
        /// Name of the stream (recording).
        INPUT_STREAM: String = Text, "input/@streamName";
        /// Latency in microseconds (recording).
        INPUT_LATENCY: u64 = Number, "input/@latency";
        /// Server (`jack`) (recording).
        INPUT_SERVER: String = Text, "input/@serverName";
        /// Name of the client (`jack`) (recording).
        INPUT_CLIENT: String = Text, "input/@clientName";
        /// Ports to connect to (`jack`) (recording).
        INPUT_PORTS: String = Text, "input/@connectPorts";
        /// The name of the client is not changed (`jack`) (recording).
        INPUT_EXACT_NAME: bool = YesNo, "input/@exactName";
        /// The device is polled (`oss`) (recording).
        INPUT_TRY_POLL: bool = YesNo, "input/@tryPoll";
        /// Samples a second (recording).
        INPUT_FREQUENCY: u64 = Number, "input/settings/@frequency";
        /// Channels (recording).
        INPUT_CHANNELS: u64 = Number, "input/settings/@channels";
        /// Format of a sample (recording).
        INPUT_FORMAT: String = Text, "input/settings/@format";
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
        /// `bind` or `connect`.
        SOURCE_MODE: String = Text, "source/@mode";
        /// Host.
        SOURCE_HOST: String = Text, "source/@host";
        /// Port.
        SOURCE_SERVICE: String = Text, "source/@service";
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
        /// `bind` or `connect`.
        SOURCE_MODE: String = Text, "source/@mode";
    }
}

fields! {
    /// A hub.
    hub {
        /// Kind of hub.
        TYPE: String = Text, "@type";
    }
}
