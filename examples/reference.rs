//! What the crate computes, with all digits: to compare other programs with it, as `beyond/check` does.
//!
//! `cargo run --example reference -- BATCH` trains for 500 steps with that many documents in each, and
//! prints the loss of each step, the gradients of the first and the weights after the last.
//! `cargo run --example reference -- BATCH trained` prints loss and gradients of one more training's first step,
//! which starts from the trained model.

use std::env;
use std::error::Error;

use microgpt::Program;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let batch = args.next().ok_or("give the number of documents in a step")?.parse()?;
    let trained = args.next().as_deref() == Some("trained");
    let program = if trained { Program::trained() } else { Program::untrained() };
    let mut trainer = program.trainer().with_batch(batch)?;
    let num_steps = if trained { 1 } else { Program::NUM_STEPS };
    for step in 1..=num_steps {
        let Some(loss) = trainer.advance()? else { break };
        println!("loss {step} {loss:e}");
        if step == 1 {
            for (index, grad) in trainer.grads().iter().enumerate() {
                println!("gradient {} {grad:e}", program.params.name_of(index).unwrap_or_default());
            }
        }
    }
    if !trained {
        for (index, weight) in trainer.params().as_slice().iter().enumerate() {
            println!("weight {} {weight:e}", program.params.name_of(index).unwrap_or_default());
        }
    }
    Ok(())
}
