//! `check`, `status`, the page, the summary and the outputs call nothing fine that is not, or that nobody looked at.
