//! Compiles what the program needs at run time besides itself, so that it works without being installed: the settings
//! schema, the resources and the translations. All of it lands in Cargo's output directory, known to the program as
//! `VIREO_BUILD_DIR`.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rustc-env=VIREO_BUILD_DIR={}", out.display());
    println!("cargo:rerun-if-changed=build.rs");
    export_to_libraries();
    compile_schemas(&root.join("data"), &out)?;
    let icons = root.join("data/icons/hicolor");
    let from = [
        root.join("resources"),
        icons.join("scalable/apps"),
        icons.join("symbolic/apps"),
    ];
    compile_resources(&from)?;
    compile_translations(&root.join("po"), &out.join("locale"))
}

/// Functions of the display helper that libraries find before those of GnuTLS (`vnc/trust.rs`).
fn export_to_libraries() {
    for what in ["trust_file", "system_trust", "key_file", "crl_file"] {
        println!(
            "cargo:rustc-link-arg-bin=vireo-display=-Wl,--export-dynamic-symbol=gnutls_certificate_set_x509_{what}"
        );
    }
}

/// `data/*.gschema.xml` → `OUT/gschemas.compiled`.
fn compile_schemas(data: &Path, out: &Path) -> Result<()> {
    let schemas = files_ending(data, ".gschema.xml")?;
    for schema in &schemas {
        let name = schema.file_name().ok_or("a schema without a name")?;
        fs::copy(schema, out.join(name))?;
    }
    if schemas.is_empty() {
        return Ok(());
    }
    run(Command::new("glib-compile-schemas").arg("--strict").arg(out))
}

/// `resources/NAME.gresource.xml` → `OUT/NAME.gresource`, made of files in any of these folders.
fn compile_resources(folders: &[PathBuf]) -> Result<()> {
    let resources = folders.first().ok_or("no folder of resources")?;
    for description in files_ending(resources, ".gresource.xml")? {
        let name = description
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or("a resource without a name")?;
        let target = name.trim_end_matches(".xml");
        glib_build_tools::compile_resources(folders, &description.to_string_lossy(), target);
    }
    Ok(())
}

/// `po/LANG.po` → `OUT/locale/LANG/LC_MESSAGES/vireo.mo`.
fn compile_translations(po: &Path, locale: &Path) -> Result<()> {
    for source in files_ending(po, ".po")? {
        let language = source.file_stem().ok_or("a translation without a name")?;
        let folder = locale.join(language).join("LC_MESSAGES");
        fs::create_dir_all(&folder)?;
        run(Command::new("msgfmt")
            .arg("--output-file")
            .arg(folder.join("vireo.mo"))
            .arg(&source))?;
    }
    Ok(())
}

/// Files of a folder by the end of their name, sorted; none if there is no such folder.
fn files_ending(folder: &Path, end: &str) -> Result<Vec<PathBuf>> {
    // Also while it does not exist: it may come with the next pull.
    println!("cargo:rerun-if-changed={}", folder.display());
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(end) {
            println!("cargo:rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .map_err(|error| format!("{program}: {error} (see scripts/install-deps)"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} ended with {status}").into())
    }
}
