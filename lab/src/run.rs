//! The model of a page: `microgpt.py` trained up to a step, with the settings of the page's controls.
//!
//! Nothing is stored but the last training. A step further on continues it, anything else trains again from
//! scratch: with [`Engine::Fused`] that is a matter of milliseconds.

use std::cell::RefCell;
use std::sync::LazyLock;

use microgpt::training::TrainingError;
use microgpt::{
    Ablation, Config, Engine, Fused, Parameters, Program, Random, Sampler, Tokenizer, Trainer, names,
};

use crate::{Control, Problem, State};

/// The vocabulary of the names in `input.txt`.
pub static VOCABULARY: LazyLock<Tokenizer> = LazyLock::new(|| Tokenizer::new(&names()));

/// What can be set about a training, besides the step at which it is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    learning_rate: f64,
    betas: [f64; 2],
    /// How many steps the training has in all.
    pub num_steps: usize,
    config: Config,
    seed: u64,
    ablation: Ablation,
}

/// The most steps that a training can have here.
const MAX_STEPS: usize = 2000;

impl Settings {
    /// The slider over the steps of the training, 500 at first: after training.
    pub fn step() -> Control {
        Control::film("step", "Steps of training", Program::NUM_STEPS, MAX_STEPS, 5)
    }

    /// The controls for the settings, with those of microgpt.py at first.
    pub fn controls() -> Vec<Control> {
        let rates = &["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"];
        vec![
            Control::scale("lr", "Learning rate", "0.01", rates),
            Control::scale("beta1", "β₁", "0.9", &["0", "0.5", "0.8", "0.9", "0.95", "0.99"]),
            Control::scale("beta2", "β₂", "0.95", &["0", "0.5", "0.8", "0.9", "0.95", "0.99", "0.999"]),
            Control::scale("steps", "Steps in all", "500", &["50", "100", "200", "500", "1000", "2000"]),
            Control::scale("width", "Width n_embd", "16", &["4", "8", "16", "24", "32"]),
            Control::scale("heads", "Heads n_head", "4", &["1", "2", "4", "8"]),
            Control::range("seed", "Seed", 42, 0, 99),
            Control::check("no-position", "without position embeddings"),
            Control::check("no-residual", "without residual connections"),
            Control::check("no-rmsnorm", "without rmsnorm"),
            Control::check("no-scaling", "without division by √head_dim"),
            Control::check("plain-relu", "ReLU not squared"),
            Control::check("no-correction", "without bias correction"),
            Control::check("plain-sgd", "plain gradient descent instead of Adam"),
        ]
    }

    /// The same controls and the step, hidden: for widgets that show the model which another one trains.
    pub fn hidden() -> impl Iterator<Item = Control> {
        Self::controls().into_iter().chain([Self::step()]).map(Control::hidden)
    }

    /// What the controls say.
    pub fn new(state: &State) -> Self {
        Settings {
            learning_rate: state.decimal("lr"),
            betas: [state.decimal("beta1"), state.decimal("beta2")],
            num_steps: state.number("steps"),
            config: Config {
                n_embd: state.number("width"),
                n_head: state.number("heads"),
                ..Config::default()
            },
            seed: state.number("seed") as u64,
            ablation: Ablation {
                no_position_embedding: state.is_on("no-position"),
                no_residual: state.is_on("no-residual"),
                no_rmsnorm: state.is_on("no-rmsnorm"),
                no_score_scaling: state.is_on("no-scaling"),
                plain_relu: state.is_on("plain-relu"),
                no_bias_correction: state.is_on("no-correction"),
                plain_sgd: state.is_on("plain-sgd"),
            },
        }
    }
}

/// What one step did to one parameter (lines 175–182).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// The parameter before the step.
    pub before: f64,
    /// Its gradient.
    pub grad: f64,
    /// The running mean of its gradient.
    pub m: f64,
    /// The running mean of the gradient's square.
    pub v: f64,
    /// `m` after the bias correction.
    pub m_hat: f64,
    /// `v` after the bias correction.
    pub v_hat: f64,
    /// The parameter after the step.
    pub after: f64,
}

/// A training, as far as it has come.
#[derive(Debug)]
pub struct Run {
    settings: Settings,
    /// The documents, shuffled.
    pub docs: Vec<String>,
    /// The generator as line 90 leaves it: sampling goes on from here.
    pub random: Random,
    trainer: Trainer,
    /// The loss of each step so far.
    pub losses: Vec<f64>,
    /// The mean loss of names that no training here sees, with the number of steps before it.
    pub held_out: Vec<(usize, f64)>,
    /// The parameter whose updates are kept, by its place among all.
    watched: usize,
    /// What each step so far did to it.
    pub updates: Vec<Update>,
    /// Why the training ended before its time, if it did.
    pub stopped: Option<TrainingError>,
}

/// How many of the last names are held out, and after how many steps the model is tested on them.
const HELD_OUT: usize = 100;
/// See [`HELD_OUT`].
const EVERY: usize = 50;

thread_local! {
    static LAST: RefCell<Option<Run>> = const { RefCell::new(None) };
}

impl Run {
    /// Reads something off the training of these settings after so many steps, or after its last one.
    /// `watched` is the parameter whose updates are kept, by its place among all.
    ///
    /// # Errors
    ///
    /// When there is no model of these sizes.
    pub fn at<R>(
        settings: &Settings,
        step: usize,
        watched: usize,
        read: impl FnOnce(&Run) -> R,
    ) -> Result<R, Problem> {
        let step = step.min(settings.num_steps);
        LAST.with_borrow_mut(|last| {
            let kept = last.take().filter(|run| {
                run.settings == *settings && run.losses.len() <= step && run.watched == watched
            });
            let run = last.insert(match kept {
                Some(run) => run,
                None => Run::start(settings, watched)?,
            });
            run.advance(step);
            Ok(read(run))
        })
    }

    /// The model that the controls of a page describe, after the step that they say.
    ///
    /// # Errors
    ///
    /// When there is no model of these sizes.
    pub fn model(state: &State) -> Result<Parameters, Problem> {
        Run::at(&Settings::new(state), state.number("step"), 0, |run| run.params().clone())
    }

    fn start(settings: &Settings, watched: usize) -> Result<Self, Problem> {
        let wrong =
            |error: &dyn std::fmt::Display| Problem::new("heads", format_args!("No such model: {error}."));
        let mut random = Random::new(settings.seed);
        let mut docs = names();
        random.shuffle(&mut docs);
        let params = Parameters::random(settings.config, VOCABULARY.vocab_size(), &mut random)
            .map_err(|error| wrong(&error))?
            .with_ablation(settings.ablation);
        if watched >= params.len() {
            return Err(wrong(&format_args!("it has {} parameters, and not one more", params.len())));
        }
        let mut trainer = Trainer::new(docs.clone(), VOCABULARY.clone(), params, settings.num_steps)
            .map_err(|error| wrong(&error))?
            .with_engine(Engine::Fused);
        trainer.learning_rate = settings.learning_rate;
        [trainer.adam_mut().beta1, trainer.adam_mut().beta2] = settings.betas;
        let mut run = Run {
            settings: settings.clone(),
            docs,
            random,
            trainer,
            losses: Vec::new(),
            held_out: Vec::new(),
            watched,
            updates: Vec::new(),
            stopped: None,
        };
        run.test();
        Ok(run)
    }

    fn advance(&mut self, step: usize) {
        while self.losses.len() < step && self.stopped.is_none() {
            let before = self.params().as_slice()[self.watched];
            match self.trainer.advance() {
                Ok(Some(loss)) => self.losses.push(loss),
                Ok(None) => break,
                Err(error) => {
                    self.stopped = Some(error);
                    break;
                }
            }
            let adam = self.trainer.adam();
            let [correction1, correction2] = adam.corrections(self.losses.len() - 1);
            let (m, v) = (adam.m[self.watched], adam.v[self.watched]);
            self.updates.push(Update {
                before,
                grad: self.trainer.grads()[self.watched],
                m,
                v,
                m_hat: m / correction1,
                v_hat: v / correction2,
                after: self.params().as_slice()[self.watched],
            });
            if self.losses.len().is_multiple_of(EVERY) {
                self.test();
            }
        }
    }

    /// Tests the model on the names held out.
    fn test(&mut self) {
        let params = self.params();
        let (mut fused, mut grads) = (Fused::new(params), vec![0.0; params.len()]);
        let mut losses = Vec::new();
        for name in &self.docs[self.docs.len() - HELD_OUT..] {
            let tokens = VOCABULARY.encode_doc(name).expect("the vocabulary is that of all names");
            fused.loss_and_gradients(params.as_slice(), &tokens, 1.0, &mut losses, &mut grads, false);
        }
        self.held_out.push((self.losses.len(), losses.iter().sum::<f64>() / losses.len() as f64));
    }

    /// The parameters after the last step so far.
    pub fn params(&self) -> &Parameters {
        self.trainer.params()
    }

    /// The gradients of the last step, 0 before the first.
    pub fn grads(&self) -> &[f64] {
        self.trainer.grads()
    }

    /// What writes names with the model as it is now.
    pub fn sampler(&self) -> Sampler<'_> {
        Sampler::new(&VOCABULARY, self.params()).with_engine(Engine::Fused)
    }
}
