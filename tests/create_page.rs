//! The Create page: its rows for each source, what follows from what is typed, problems and their remedies, and what becomes of
//! it. Needs a display (`scripts/headless cargo test --test create_page`). With `VIREO_PICTURES` a folder, pictures are left in it.

mod support;

#[path = "machine_tab/desk.rs"]
#[allow(dead_code, reason = "each test program uses its own part of it")]
mod desk;
#[path = "hardware_page/form.rs"]
#[allow(dead_code, reason = "each test program uses its own part of it")]
mod form;

#[path = "create_page/asking.rs"]
mod asking;
#[path = "create_page/booting.rs"]
mod booting;
#[path = "create_page/downloads.rs"]
mod downloads;
#[path = "create_page/making.rs"]
mod making;
#[path = "create_page/page.rs"]
mod page;
#[path = "create_page/rows.rs"]
mod rows;
