//! One binary for every reader of `tests/untrusted`: the variable HOTLINE_READER names the one that is fuzzed.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/untrusted/readers/mod.rs"]
mod readers;
#[path = "../../tests/untrusted/village.rs"]
mod village;

fn reader() -> readers::Reader {
    static READER: OnceLock<readers::Reader> = OnceLock::new();
    *READER.get_or_init(|| {
        let name = std::env::var("HOTLINE_READER").expect("HOTLINE_READER names a reader");
        let found = readers::READERS.into_iter().find(|reader| reader.name == name);
        found.unwrap_or_else(|| panic!("HOTLINE_READER={name} is no reader"))
    })
}

fuzz_target!(|bytes: &[u8]| drop(reader().read(bytes)));
