//! What all windows with tabs have in common.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::page::Page;
use crate::ui::xml;

/// Header, tab bar and tabs of a window.
pub(super) struct Body {
    pub(super) root: gtk::Box,
    pub(super) view: adw::TabView,
    pub(super) toasts: adw::ToastOverlay,
}

/// Searches what is in front: the machines, or the text of a machine where one is shown.
pub(super) fn search(machines: &Page) {
    let view = machines.widget().ancestor(adw::TabView::static_type());
    let tab = view
        .and_downcast::<adw::TabView>()
        .and_then(|view| view.selected_page());
    match tab.filter(|tab| !tab.is_pinned()) {
        Some(tab) => {
            xml::search(&tab.child());
        }
        None => {
            let bar = machines.search_bar();
            bar.set_search_mode(!bar.is_search_mode());
        }
    }
}

/// Puts a header bar over tabs. The tab bar shows while there is more than one tab.
pub(super) fn body(header: &adw::HeaderBar, view: &adw::TabView) -> Body {
    let bar = adw::TabBar::builder().view(view).autohide(false).build();
    let follow = move |view: &adw::TabView, bar: &adw::TabBar| {
        bar.set_visible(view.n_pages() > 1 || view.is_transferring_page());
    };
    follow(view, &bar);
    // Once a page is there, and not before, when its number is told: the bar would show the page twice.
    let weak = bar.downgrade();
    view.connect_page_attached(move |view, _, _| {
        if let Some(bar) = weak.upgrade() {
            follow(view, &bar);
        }
    });
    let weak = bar.downgrade();
    view.connect_page_detached(move |view, _, _| {
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
    rest_unseen(&root);
    Body {
        root,
        view: view.clone(),
        toasts,
    }
}

/// Unmaps what is in a window while nobody can see it: what is not mapped asks its hosts for nothing and draws nothing.
fn rest_unseen(content: &gtk::Box) {
    content.connect_realize(|content| {
        let Some(window) = content.root().and_downcast::<gtk::Window>() else {
            return;
        };
        let weak = content.downgrade();
        let look = move || {
            if let Some(content) = weak.upgrade() {
                look_again(&content);
            }
        };
        if window.find_property(SUSPENDED).is_some() {
            let look = look.clone();
            window.connect_notify_local(Some(SUSPENDED), move |_, _| look());
        }
        if let Some(surface) = window.surface().and_downcast::<gdk4::Toplevel>() {
            surface.connect_state_notify(move |_| look());
        }
    });
}

/// Known to GTK 4.12 and newer, set for windows that are covered or on another workspace, too.
const SUSPENDED: &str = "suspended";

fn look_again(content: &gtk::Box) {
    let Some(window) = content.root().and_downcast::<gtk::Window>() else {
        return;
    };
    let surface = window.surface().and_downcast::<gdk4::Toplevel>();
    let minimized = surface.is_some_and(|surface| surface.state().contains(gdk4::ToplevelState::MINIMIZED));
    let unseen = minimized || window.find_property(SUSPENDED).is_some() && window.property(SUSPENDED);
    if content.is_child_visible() != unseen {
        return;
    }
    // What is unmapped loses the focus.
    let focus = gtk::prelude::RootExt::focus(&window);
    content.set_child_visible(!unseen);
    if let Some(focus) = focus {
        gtk::prelude::RootExt::set_focus(&window, Some(&focus));
    }
}
