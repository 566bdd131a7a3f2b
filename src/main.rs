//! The binary; all code is in the library so that tests and benches can link it.

use std::process::ExitCode;

fn main() -> ExitCode {
    vireo::run()
}
