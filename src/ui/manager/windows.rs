//! What all windows with tabs have in common.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

/// Header, tab bar and tabs of a window.
pub(super) struct Body {
    pub(super) root: gtk::Box,
    pub(super) view: adw::TabView,
    pub(super) toasts: adw::ToastOverlay,
}

/// Puts a header bar over tabs. The tab bar shows while there is more than one tab.
pub(super) fn body(header: &adw::HeaderBar, view: &adw::TabView) -> Body {
    let bar = adw::TabBar::builder().view(view).autohide(false).build();
    let follow = move |view: &adw::TabView, bar: &adw::TabBar| {
        bar.set_visible(view.n_pages() > 1 || view.is_transferring_page());
    };
    follow(view, &bar);
    let weak = bar.downgrade();
    view.connect_n_pages_notify(move |view| {
        if let Some(bar) = weak.upgrade() {
            follow(view, &bar);
        }
    });
    let weak = bar.downgrade();
    view.connect_is_transferring_page_notify(move |view| {
        if let Some(bar) = weak.upgrade() {
            follow(view, &bar);
        }
    });
    let toasts = adw::ToastOverlay::new();
    toasts.set_child(Some(view));
    toasts.set_vexpand(true);
    let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
    root.append(header);
    root.append(&bar);
    root.append(&toasts);
    Body {
        root,
        view: view.clone(),
        toasts,
    }
}
