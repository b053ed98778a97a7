//! Training with the fused engine takes no memory from the system, once it has seen a long document.
//!
//! Without the usual harness: its own thread allocates when it likes.

use std::alloc::System;

use microgpt::{Engine, Program};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let mut trainer = Program::untrained().trainer().with_engine(Engine::Fused);
    for _ in 0..100 {
        trainer.advance().unwrap();
    }
    let region = Region::new(ALLOCATOR);
    for _ in 0..100 {
        trainer.advance().unwrap();
    }
    assert_eq!(region.change(), Stats::default());
    let step = trainer.step().unwrap();
    assert_ne!(region.change(), Stats::default(), "the report {step:?} was counted");
    println!("a step of the fused engine allocates nothing ... ok");
}
