//! The application object: GTK starts without reading what nobody sees.

use gio::prelude::*;
use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::subclass::prelude::*;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Application;

    #[glib::object_subclass]
    impl ObjectSubclass for Application {
        const NAME: &'static str = "VireoApplication";
        type Type = super::Application;
        type ParentType = adw::Application;
    }

    impl ObjectImpl for Application {}

    impl ApplicationImpl for Application {
        fn startup(&self) {
            super::skip_gtk_theme();
            self.parent_startup();
        }
    }

    impl GtkApplicationImpl for Application {}
    impl AdwApplicationImpl for Application {}
}

glib::wrapper! {
    /// An [`adw::Application`] that starts quicker.
    pub struct Application(ObjectSubclass<imp::Application>)
        @extends adw::Application, gtk::Application, gio::Application,
        @implements gio::ActionGroup, gio::ActionMap;
}

impl Application {
    /// An application with this identity.
    #[must_use]
    pub fn new(id: &str, flags: gio::ApplicationFlags) -> Self {
        let app: Self = glib::Object::builder()
            .property("application-id", id)
            .property("flags", flags)
            .build();
        // GTK would look for icons there, and read those of the desktop a second time, in the main thread.
        app.set_resource_base_path(None);
        app
    }
}

/// The style that GTK reads before libadwaita, which has one of its own, takes it away again.
const GTK_STYLE: &str = "/org/gtk/libgtk/theme/Default/gtk.css";

/// Puts an empty style in the place of GTK's own for this process, which saves a fifth of the time until the window. Whoever
/// asks for a style by `GTK_THEME` gets it: libadwaita stays out of the way then.
fn skip_gtk_theme() {
    let none = gio::ResourceLookupFlags::NONE;
    // Of two resources with one name the one that was registered later counts: GTK's own must be there.
    let skipped = std::env::var_os("GTK_THEME").is_none()
        && gtk::init().is_ok()
        && gio::functions::resources_get_info(GTK_STYLE, none).is_ok();
    if skipped && let Err(error) = gio::resources_register_include!("style.gresource") {
        tracing::debug!(%error, "GTK reads its own style");
    }
}
