//! The command line: options of the window, and commands that need none.
