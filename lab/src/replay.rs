//! The training of microgpt.py, to go back to any of its steps: the parameters of each are kept.

use std::cell::RefCell;

use microgpt::{Engine, Parameters, Program, Random, Trainer};

/// The training as far as it was needed so far.
struct Replay {
    trainer: Trainer,
    random: Random,
    /// The parameters before the first step, after it, and so on.
    params: Vec<Parameters>,
}

thread_local! {
    static REPLAY: RefCell<Option<Replay>> = const { RefCell::new(None) };
}

/// The parameters after so many steps, and the random numbers that line 90 leaves. From the last step on nothing
/// changes any more.
pub fn after(step: usize) -> (Parameters, Random) {
    REPLAY.with_borrow_mut(|replay| {
        let replay = replay.get_or_insert_with(|| {
            let program = Program::untrained();
            let trainer = program.trainer().with_engine(Engine::Fused);
            Replay { trainer, random: program.random, params: vec![program.params] }
        });
        while replay.params.len() <= step && matches!(replay.trainer.advance(), Ok(Some(_))) {
            replay.params.push(replay.trainer.params().clone());
        }
        let last = replay.params.len() - 1;
        (replay.params[step.min(last)].clone(), replay.random.clone())
    })
}
