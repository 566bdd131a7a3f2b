//! What of libosinfo 1.10 is used, declared by hand: there is no crate of it. Types are opaque GObjects; an entity's values
//! are read by name, which is one function in place of a hundred.

use std::ffi::{c_char, c_int, c_uint, c_void};

use glib::ffi::{GError, GList, gboolean};
use glib::gobject_ffi::GObject;

/// Any `OsinfoEntity`: the database's objects are one.
pub(super) type Entity = GObject;
/// Any `OsinfoList`.
pub(super) type List = GObject;

#[link(name = "osinfo-1.0")]
unsafe extern "C" {
    pub(super) fn osinfo_loader_new() -> *mut GObject;
    pub(super) fn osinfo_loader_process_default_path(loader: *mut GObject, error: *mut *mut GError);
    /// Borrowed from the loader.
    pub(super) fn osinfo_loader_get_db(loader: *mut GObject) -> *mut GObject;
    pub(super) fn osinfo_db_get_os_list(db: *mut GObject) -> *mut List;
    /// Borrowed from the database.
    pub(super) fn osinfo_db_get_os(db: *mut GObject, id: *const c_char) -> *mut Entity;
    pub(super) fn osinfo_db_identify_media(db: *mut GObject, media: *mut Entity) -> gboolean;
    pub(super) fn osinfo_db_identify_tree(db: *mut GObject, tree: *mut Entity) -> gboolean;

    pub(super) fn osinfo_list_get_length(list: *mut List) -> c_int;
    /// Borrowed from the list.
    pub(super) fn osinfo_list_get_nth(list: *mut List, index: c_int) -> *mut Entity;

    pub(super) fn osinfo_entity_get_id(entity: *mut Entity) -> *const c_char;
    /// Borrowed from the entity.
    pub(super) fn osinfo_entity_get_param_value(entity: *mut Entity, key: *const c_char) -> *const c_char;
    /// The list is ours, the strings are borrowed from the entity.
    pub(super) fn osinfo_entity_get_param_value_list(entity: *mut Entity, key: *const c_char) -> *mut GList;
    pub(super) fn osinfo_entity_set_param(entity: *mut Entity, key: *const c_char, value: *const c_char);

    pub(super) fn osinfo_os_get_all_devices(os: *mut Entity, filter: *mut c_void) -> *mut List;
    pub(super) fn osinfo_os_get_minimum_resources(os: *mut Entity) -> *mut List;
    pub(super) fn osinfo_os_get_recommended_resources(os: *mut Entity) -> *mut List;
    pub(super) fn osinfo_os_get_network_install_resources(os: *mut Entity) -> *mut List;
    pub(super) fn osinfo_os_get_complete_firmware_list(os: *mut Entity, filter: *mut c_void) -> *mut List;
    pub(super) fn osinfo_os_get_install_script_list(os: *mut Entity) -> *mut List;
    pub(super) fn osinfo_os_get_media_list(os: *mut Entity) -> *mut List;
    pub(super) fn osinfo_os_get_tree_list(os: *mut Entity) -> *mut List;
    pub(super) fn osinfo_os_get_image_list(os: *mut Entity) -> *mut List;

    pub(super) fn osinfo_media_new(id: *const c_char, arch: *const c_char) -> *mut Entity;
    /// Ours.
    pub(super) fn osinfo_media_get_os(media: *mut Entity) -> *mut Entity;
    pub(super) fn osinfo_media_supports_installer_script(media: *mut Entity) -> gboolean;
    pub(super) fn osinfo_media_get_install_script_list(media: *mut Entity) -> *mut List;

    pub(super) fn osinfo_tree_create_from_treeinfo(
        treeinfo: *const c_char,
        location: *const c_char,
        error: *mut *mut GError,
    ) -> *mut Entity;
    /// Ours.
    pub(super) fn osinfo_tree_get_os(tree: *mut Entity) -> *mut Entity;

    pub(super) fn osinfo_install_config_new(id: *const c_char) -> *mut Entity;
    pub(super) fn osinfo_install_script_get_injection_methods(script: *mut Entity) -> c_uint;
    pub(super) fn osinfo_install_script_set_preferred_injection_method(script: *mut Entity, method: c_uint);
    pub(super) fn osinfo_install_script_set_installation_source(script: *mut Entity, source: c_uint);
    pub(super) fn osinfo_install_script_get_config_params(script: *mut Entity) -> *mut List;
    pub(super) fn osinfo_install_config_param_is_required(param: *mut Entity) -> gboolean;
    /// Ours.
    pub(super) fn osinfo_install_script_generate(
        script: *mut Entity,
        os: *mut Entity,
        config: *mut Entity,
        cancellable: *mut c_void,
        error: *mut *mut GError,
    ) -> *mut c_char;
    /// Ours.
    pub(super) fn osinfo_install_script_generate_for_media(
        script: *mut Entity,
        media: *mut Entity,
        config: *mut Entity,
        cancellable: *mut c_void,
        error: *mut *mut GError,
    ) -> *mut c_char;
    /// Ours.
    pub(super) fn osinfo_install_script_generate_command_line_for_media(
        script: *mut Entity,
        media: *mut Entity,
        config: *mut Entity,
    ) -> *mut c_char;
    /// Ours.
    pub(super) fn osinfo_install_script_generate_command_line(
        script: *mut Entity,
        os: *mut Entity,
        config: *mut Entity,
    ) -> *mut c_char;
}
