//! Images as they are shown and typed in one line.

use super::super::ImageRef;

/// The line for an image.
#[must_use]
pub fn image_text(image: &ImageRef) -> String {
    match image {
        ImageRef::Volume { path, .. } | ImageRef::Path(path) => path.clone(),
        ImageRef::Upload { file, .. } => file.to_string_lossy().into_owned(),
        ImageRef::Download { url, .. } => url.clone(),
    }
}

/// The image that a line means: an address is downloaded to `pool`, all else is a path on the host. `None` for an empty line.
#[must_use]
pub fn typed_image(text: &str, pool: &str) -> Option<ImageRef> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    Some(match scheme.as_deref() {
        Some("http" | "https" | "ftp") => ImageRef::Download {
            url: text.to_owned(),
            pool: pool.to_owned(),
        },
        _ => ImageRef::Path(text.to_owned()),
    })
}
