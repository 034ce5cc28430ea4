//! A leak check never calls clean what it did not read.
