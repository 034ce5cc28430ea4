//! What was green although nobody looked, and what stood still or broke something: one test and two
//! variants for each row of the fault list, named after it (`b1_...`, `c2_...`).

mod causes;
mod confirm;
mod destinations;
mod handed;
mod keys;
mod people;
mod renamed;
mod scans;
mod standstill;
mod verdicts;
mod worlds;
