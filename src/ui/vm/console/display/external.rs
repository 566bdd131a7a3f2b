//! The screen in another program: the file that tells it where, opened or saved.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use gtk::prelude::*;
use gtk::{gio, glib};
use relm4::gtk;

use super::DisplayPage;
use super::hearing::toast;
use super::view::View;
use crate::i18n::{tr, tr_f};
use crate::ui::message;

impl DisplayPage {
    /// Opens the screen in the program that the desktop has for viewer files.
    pub(super) fn open_external(&self, view: &View) {
        let file = self.doors.viewer(&self.core, self.key, self.index, true);
        let toasts = view.toasts.clone();
        let name = format!("{}-{}.vv", self.key.uuid, self.index);
        glib::spawn_future_local(async move {
            let opened = match file.await {
                Ok(text) => open(name, text).await,
                Err(reason) => Err(reason),
            };
            if let Err(reason) = opened {
                toasts.add_toast(toast(&reason));
            }
        });
    }

    /// Saves such a file where the user wants it.
    pub(super) fn save_viewer(&self, view: &View) {
        let file = self.doors.viewer(&self.core, self.key, self.index, false);
        let (toasts, window) = (view.toasts.clone(), message::window_of(&view.content));
        let name: String = self
            .situation()
            .name
            .chars()
            .filter(|c| !matches!(c, '/' | '\0'))
            .collect();
        glib::spawn_future_local(async move {
            let text = match file.await {
                Ok(text) => text,
                Err(reason) => return toasts.add_toast(toast(&reason)),
            };
            let chooser = gtk::FileChooserNative::builder()
                .title(tr("Save Viewer File"))
                .action(gtk::FileChooserAction::Save)
                .modal(true)
                .build();
            chooser.set_transient_for(window.as_ref());
            chooser.set_current_name(&format!("{name}.vv"));
            if chooser.run_future().await != gtk::ResponseType::Accept {
                return;
            }
            let Some(path) = chooser.file().and_then(|file| file.path()) else {
                return;
            };
            let words = match aside(move || write(&path, &text)).await {
                Ok(()) => tr("The viewer file was saved"),
                Err(error) => could_not(&error.to_string()),
            };
            toasts.add_toast(toast(&words));
        });
    }
}

async fn open(name: String, text: String) -> Result<(), String> {
    let path = aside(move || {
        let folder = glib::user_runtime_dir().join("vireo");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(name);
        write(&path, &text)?;
        Ok(path)
    })
    .await
    .map_err(|error: io::Error| could_not(&error.to_string()))?;
    let uri = gio::File::for_path(&path).uri();
    let launched = gio::AppInfo::launch_default_for_uri_future(&uri, gio::AppLaunchContext::NONE).await;
    launched.map_err(|error| {
        tracing::info!(%error, "no program for viewer files");
        // It may hold a password.
        let _ = std::fs::remove_file(&path);
        tr("No program is installed that opens viewer files. Install virt-viewer.")
    })
}

fn could_not(reason: &str) -> String {
    tr_f("The viewer file could not be written: {reason}", &[("reason", reason)])
}

/// A new file that nobody else may read: it may hold a password.
fn write(path: &Path, text: &str) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// Runs what may wait on a thread of its own.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    gio::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the thread ended")))
}

/// Where files are written, for tests.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vm.vv");
        for text in ["first", "second"] {
            write(&path, text).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("read"), text);
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
