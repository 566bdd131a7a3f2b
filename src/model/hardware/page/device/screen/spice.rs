//! What SPICE has beyond a picture.

use super::graphics::keymap;
use super::network::valid_to;
use crate::i18n::tr;
use crate::model::hardware::page::Form;
use crate::model::hardware::{Choice, Row};
use crate::model::xml::domain::fields::graphics;
use crate::model::xml::field::Field;

/// What guest and viewer share.
pub(super) fn sharing(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.switch("clipboard", tr("Share the clipboard"), graphics::CLIPBOARD, true)
            .help(
                tr("Text can be copied between guest and viewer; the guest needs the SPICE agent."),
                "<clipboard copypaste='no'/>",
            ),
        form.switch("file-transfer", tr("Take files"), graphics::FILE_TRANSFER, true)
            .help(
                tr("Files that are dropped on the viewer get into the guest; it needs the SPICE agent."),
                "<filetransfer enable='no'/>",
            ),
    ]
}

/// How picture and sound get to the viewer.
pub(super) fn compression(form: &Form<'_>) -> Vec<Row> {
    let plain = |values: &[&str]| values.iter().copied().map(Choice::plain).collect::<Vec<_>>();
    let wide = || {
        vec![
            Choice::new("auto", tr("As the connection asks for")),
            Choice::new("never", tr("Never")),
            Choice::new("always", tr("Always")),
        ]
    };
    vec![
        form.choice(
            "image",
            tr("Compression of pictures"),
            graphics::IMAGE_COMPRESSION,
            [
                vec![Choice::new("off", tr("None"))],
                plain(&["auto_glz", "auto_lz", "quic", "glz", "lz"]),
            ]
            .concat(),
        )
        .help(
            tr("How pictures are made smaller without loss on their way to the viewer."),
            "<image compression='auto_glz'/>",
        ),
        form.choice("jpeg", tr("JPEG on slow connections"), graphics::JPEG, wide())
            .help(
                tr("Whether pictures may lose detail where the connection is slow."),
                "<jpeg compression='auto'/>",
            ),
        form.choice(
            "zlib",
            tr("Further compression on slow connections"),
            graphics::ZLIB,
            wide(),
        )
        .help(
            tr("Whether pictures are compressed once more where the connection is slow."),
            "<zlib compression='auto'/>",
        ),
        form.switch("playback", tr("Compress sound"), graphics::PLAYBACK, true)
            .help(
                tr("Sound takes less of the connection."),
                "<playback compression='off'/>",
            ),
        form.choice(
            "streaming",
            tr("Detect video"),
            graphics::STREAMING,
            vec![
                Choice::new("filter", tr("Pictures that change often")),
                Choice::new("all", tr("Everything that changes")),
                Choice::new("off", tr("Never")),
            ],
        )
        .help(
            tr("Which parts of the screen are sent as a video, with less detail and more pictures a second."),
            "<streaming mode='filter'/>",
        ),
        form.choice(
            "mouse",
            tr("Pointer"),
            graphics::MOUSE,
            vec![
                Choice::new("client", tr("The viewer's, where it points")),
                Choice::new("server", tr("The guest's, moved by the viewer's")),
            ],
        )
        .help(
            tr("Who says where the pointer is; the viewer's needs the SPICE agent or a tablet."),
            "<mouse mode='client'/>",
        ),
    ]
}

/// Who may connect, and which parts are encrypted.
pub(super) fn security(form: &Form<'_>) -> Vec<Row> {
    let modes = || {
        vec![
            Choice::new("any", tr("Either way")),
            Choice::new("secure", tr("Encrypted only")),
            Choice::new("insecure", tr("Plain only")),
        ]
    };
    let mut rows = vec![
        valid_to(form),
        form.choice(
            "connected",
            tr("When the password changes"),
            graphics::CONNECTED,
            vec![
                Choice::new("keep", tr("Viewers stay connected")),
                Choice::new("disconnect", tr("Viewers are disconnected")),
                Choice::new("fail", tr("It does not change while a viewer is connected")),
            ],
        )
        .live()
        .help(
            tr("What happens with viewers that are connected when the password changes."),
            "<graphics connected='keep'/>",
        ),
        form.choice("default-mode", tr("Encryption"), graphics::DEFAULT_MODE, modes())
            .help(
                tr("How channels connect that have no setting of their own."),
                "<graphics defaultMode='secure'/>",
            ),
    ];
    let channels: [(&'static str, String, Field<String>); 8] = [
        ("mode-main", tr("Encryption of the main channel"), graphics::MODE_MAIN),
        ("mode-display", tr("Encryption of the picture"), graphics::MODE_DISPLAY),
        (
            "mode-inputs",
            tr("Encryption of keys and pointer"),
            graphics::MODE_INPUTS,
        ),
        (
            "mode-cursor",
            tr("Encryption of the pointer's shape"),
            graphics::MODE_CURSOR,
        ),
        ("mode-playback", tr("Encryption of sound"), graphics::MODE_PLAYBACK),
        ("mode-record", tr("Encryption of the microphone"), graphics::MODE_RECORD),
        (
            "mode-smartcard",
            tr("Encryption of smartcards"),
            graphics::MODE_SMARTCARD,
        ),
        ("mode-usb", tr("Encryption of USB devices"), graphics::MODE_USBREDIR),
    ];
    rows.extend(channels.map(|(id, title, field)| {
        form.choice(id, title, field, modes()).help(
            tr("Whether this part of the connection must be encrypted."),
            "<channel name='main' mode='secure'/>",
        )
    }));
    rows.push(keymap(form));
    rows
}
