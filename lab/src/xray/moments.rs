//! The model after each step of the training, found again in a few steps from one that was kept.

use std::cell::RefCell;

use microgpt::{Adam, Engine, Parameters, Program, Sampler, Trainer};

/// The program after so many steps.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The steps.
    pub step: usize,
    /// The parameters then.
    pub params: Parameters,
    /// Adam's memory then.
    pub adam: Adam,
    /// What the program had before training.
    pub program: Program,
}

/// Each how many steps a model is kept: on the way from one of them there are fewer.
const STRIDE: usize = 20;

/// The training and what was kept of it.
struct Course {
    program: Program,
    trainer: Trainer,
    kept: Vec<(Parameters, Adam)>,
}

thread_local! {
    static COURSE: RefCell<Option<Course>> = const { RefCell::new(None) };
}

impl Moment {
    /// The program after so many steps, at most 500, on the fused engine.
    pub fn after(step: usize) -> Self {
        COURSE.with_borrow_mut(|course| course.get_or_insert_with(|| Course::new(Engine::Fused)).after(step))
    }

    /// The same, with Python's bits where the engine has them; from the beginning.
    pub fn with_engine(step: usize, engine: Engine) -> Self {
        Course::new(engine).after(step)
    }

    /// What writes names with this model.
    pub fn sampler(&self) -> Sampler<'_> {
        Sampler::new(&self.program.tokenizer, &self.params).with_engine(Engine::Fused)
    }
}

impl Course {
    fn new(engine: Engine) -> Self {
        let program = Program::untrained();
        let trainer = program.trainer().with_engine(engine);
        let kept = vec![(trainer.params().clone(), trainer.adam().clone())];
        Course { program, trainer, kept }
    }

    fn after(&mut self, step: usize) -> Moment {
        let step = step.min(Program::NUM_STEPS);
        let from = (step / STRIDE).min(self.kept.len() - 1);
        let (params, adam) = self.kept[from].clone();
        self.trainer.resume(from * STRIDE, params, adam);
        for now in from * STRIDE..step {
            self.trainer.advance().expect("the training of microgpt.py succeeds");
            if (now + 1) % STRIDE == 0 && self.kept.len() * STRIDE == now + 1 {
                self.kept.push((self.trainer.params().clone(), self.trainer.adam().clone()));
            }
        }
        let (params, adam) = (self.trainer.params().clone(), self.trainer.adam().clone());
        Moment { step, params, adam, program: self.program.clone() }
    }
}
