//! Destinations that do not exist, or that cannot be written: found before a key is made, with what was meant.
