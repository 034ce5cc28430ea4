//! Any line as a journal record: it is refused, or it is written again exactly as it was understood.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenward::journal::Record;

fuzz_target!(|text: &str| {
    if let Ok(record) = Record::parse(text) {
        let line = record.to_line();
        assert!(!line.contains('\n'));
        let again = Record::parse(&line).expect("what we wrote can be read");
        assert_eq!(again, record);
        for state in record.tokens.values() {
            let _ = (state.word(), state.newest());
        }
    }
});
