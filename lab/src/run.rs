//! The model of a page: `microgpt.py` trained up to a step, with the settings of the page's controls.
//!
//! Nothing is stored but the last training. A step further on continues it, anything else trains again from
//! scratch: with [`Engine::Fused`] that is a matter of milliseconds.

use std::cell::{OnceCell, RefCell};
use std::sync::LazyLock;

use microgpt::inference::SamplingError;
use microgpt::training::{Step, TrainingError};
use microgpt::{
    Ablation, Config, Engine, Fused, Parameters, Program, Random, Sampler, Tokenizer, Trainer, names,
};

use crate::{Control, Problem, State};

/// The vocabulary of the names in `input.txt`.
pub static VOCABULARY: LazyLock<Tokenizer> = LazyLock::new(|| Tokenizer::new(&names()));

/// What can be set about a training, besides the step at which it is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The learning rate at the first step.
    pub learning_rate: f64,
    betas: [f64; 2],
    /// How many steps the training has in all.
    pub num_steps: usize,
    config: Config,
    seed: u64,
    /// What is left out of the model.
    pub ablation: Ablation,
    /// Whether Adam's running means are divided by what they lack in the first steps.
    pub bias_correction: bool,
    /// Whether the parameters follow the gradients without Adam.
    pub plain_sgd: bool,
}

/// The most steps that a training can have here.
const MAX_STEPS: usize = 2000;

impl Settings {
    /// The slider over the steps of the training, at its end at first: after training, however long that is.
    pub fn step() -> Control {
        Control::film("step", "Steps of training", MAX_STEPS, MAX_STEPS, 5)
    }

    /// The controls for the settings, with those of microgpt.py at first.
    pub fn controls() -> Vec<Control> {
        let rates = &["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"];
        vec![
            Control::scale("lr", "Learning rate", "0.01", rates),
            Control::scale("beta1", "β₁", "0.9", &["0", "0.5", "0.8", "0.9", "0.95", "0.99"]),
            Control::scale("beta2", "β₂", "0.95", &["0", "0.5", "0.8", "0.9", "0.95", "0.99", "0.999"]),
            Control::scale("steps", "Steps in all", "500", &["50", "100", "250", "500", "1000", "2000"]),
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

    /// Those of microgpt.py.
    pub fn usual() -> Self {
        let nothing = std::iter::empty::<(&str, &str)>();
        Self::new(&State::new(Self::controls(), nothing).expect("the first values suit their controls"))
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
                squared_relu: !state.is_on("plain-relu"),
                ..Config::default()
            },
            seed: state.number("seed") as u64,
            ablation: Ablation {
                no_position_embedding: state.is_on("no-position"),
                no_residual: state.is_on("no-residual"),
                no_rmsnorm: state.is_on("no-rmsnorm"),
                no_score_scaling: state.is_on("no-scaling"),
            },
            bias_correction: !state.is_on("no-correction"),
            plain_sgd: state.is_on("plain-sgd"),
        }
    }
}

/// A parameter: its matrix, row and column. A row or column beyond the last one counts as the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of the matrix, such as `lm_head`.
    pub matrix: String,
    /// The row.
    pub row: usize,
    /// The column.
    pub col: usize,
}

impl Place {
    /// Its place among all parameters.
    fn index(&self, params: &Parameters) -> usize {
        let mut start = 0;
        for matrix in params.matrices() {
            if matrix.name == self.matrix {
                return start + self.row.min(matrix.rows - 1) * matrix.cols + self.col.min(matrix.cols - 1);
            }
            start += matrix.data.len();
        }
        0
    }
}

/// What one step did to one parameter (lines 175–182).
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The document of the step.
    pub doc: String,
    /// The parameter before the step.
    pub before: f64,
    /// Its gradient.
    pub grad: f64,
    /// The running mean of its gradient.
    pub m: f64,
    /// The running mean of the gradient's square.
    pub v: f64,
    /// What the bias correction divides the two means by.
    pub corrections: [f64; 2],
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// The parameter after the step.
    pub after: f64,
}

/// A training, as far as it has come.
#[derive(Debug)]
pub struct Run {
    settings: Settings,
    /// The documents in their order, those that are left out of all trainings last.
    pub docs: Vec<String>,
    /// The generator as line 90 leaves it: sampling goes on from here.
    pub random: Random,
    trainer: Trainer,
    /// The loss of each step so far.
    pub losses: Vec<f64>,
    /// The last step so far.
    pub last: Option<Step>,
    /// The mean loss of [`HELD_OUT`] names that no training here sees, with the number of steps before it: the tests
    /// so far, and of a run that begins anew with the same settings those to come.
    tests: Vec<(usize, f64)>,
    watched: Option<Place>,
    /// The parameter whose updates are kept, by its place among all.
    pub index: usize,
    /// What each step so far did to it.
    pub updates: Vec<Update>,
    /// Why the training ended before its time, if it did.
    pub stopped: Option<TrainingError>,
    /// What the model wrote at those of the [`moments`] that have come: the number of steps before, and names.
    pub written: Vec<(usize, Vec<String>)>,
}

/// On how many names the model is tested.
pub const HELD_OUT: usize = 200;
/// How often, on the way through the training.
const TESTS: usize = 20;

/// The temperature of the names that are written on the way (line 187).
pub const TEMPERATURE: f64 = 0.5;
/// How many they are.
const WRITTEN: usize = 5;

/// After how many steps names are kept: the closer together, the faster the model changes.
pub fn moments(num_steps: usize) -> Vec<usize> {
    let mut moments = [0, 1, 2, 5, 10, 20, 50, 100].map(|percent| num_steps * percent / 100).to_vec();
    moments.dedup();
    moments
}

/// The names that are left out of all trainings, as in lesson 4.5: those that come after the 500 of
/// microgpt.py. So the names of the test are the same with every seed.
static LEFT_OUT: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut docs = names();
    Random::new(42).shuffle(&mut docs);
    docs[Program::NUM_STEPS..][..1000].to_vec()
});

/// Some names in order, to search them: hash tables would be sent to readers for nothing else.
pub fn sorted<'n>(names: impl Iterator<Item = &'n String>) -> Vec<&'n str> {
    let mut sorted: Vec<_> = names.map(String::as_str).collect();
    sorted.sort_unstable();
    sorted
}

/// The losses of the first steps of microgpt.py's training, from scratch and with nothing else done.
#[cfg(target_family = "wasm")]
pub(crate) fn train(steps: usize) -> Vec<f64> {
    let mut run = Run::start(&Settings::usual(), None, Vec::new()).expect("microgpt.py has a model");
    std::iter::from_fn(|| run.trainer.advance().ok().flatten()).take(steps).collect()
}

thread_local! {
    static LAST: RefCell<Option<Run>> = const { RefCell::new(None) };
    static TRAINED: RefCell<Option<Run>> = const { RefCell::new(None) };
    static USUAL: OnceCell<Vec<(usize, f64)>> = const { OnceCell::new() };
}

impl Run {
    /// Reads something off the training of these settings after so many steps, or after its last one.
    /// `watched` is the parameter whose updates are kept, for those who want to see them.
    ///
    /// # Errors
    ///
    /// When there is no model of these sizes.
    pub fn at<R>(
        settings: &Settings,
        step: usize,
        watched: Option<Place>,
        read: impl FnOnce(&Run) -> R,
    ) -> Result<R, Problem> {
        // What reads is compiled for each widget, what trains once.
        LAST.with_borrow_mut(|last| Ok(read(Self::advanced(last, settings, step, watched)?)))
    }

    /// The run in `last`, continued or begun anew.
    #[inline(never)]
    fn advanced<'r>(
        last: &'r mut Option<Run>,
        settings: &Settings,
        step: usize,
        watched: Option<Place>,
    ) -> Result<&'r Run, Problem> {
        let step = step.min(settings.num_steps);
        let same = last.take().filter(|run| run.settings == *settings);
        let goes_on = |run: &Run| run.losses.len() <= step && (watched.is_none() || run.watched == watched);
        let run = last.insert(match same {
            Some(run) if goes_on(&run) => run,
            same => Run::start(settings, watched, same.map_or_else(Vec::new, |run| run.tests))?,
        });
        run.advance(step);
        Ok(run)
    }

    /// The model that the controls of a page describe, after the step that they say.
    ///
    /// # Errors
    ///
    /// When there is no model of these sizes.
    pub fn model(state: &State) -> Result<Parameters, Problem> {
        Run::at(&Settings::new(state), state.number("step"), None, |run| run.params().clone())
    }

    /// The parameters after the last step of the training of these settings, which is kept apart from the one that
    /// [`at`](Self::at) goes on with.
    ///
    /// # Errors
    ///
    /// When there is no model of these sizes.
    pub fn trained(settings: &Settings) -> Result<Parameters, Problem> {
        TRAINED.with_borrow_mut(|last| {
            Self::advanced(last, settings, settings.num_steps, None).map(|run| run.params().clone())
        })
    }

    /// The losses on held-out names with the settings of microgpt.py, to compare others with.
    pub fn usual() -> Vec<(usize, f64)> {
        USUAL.with(|usual| {
            let train = || {
                let mut run =
                    Run::start(&Settings::usual(), None, Vec::new()).expect("microgpt.py has a model");
                run.advance(Program::NUM_STEPS);
                run.tests
            };
            usual.get_or_init(train).clone()
        })
    }

    fn start(settings: &Settings, watched: Option<Place>, tests: Vec<(usize, f64)>) -> Result<Self, Problem> {
        let wrong =
            |error: &dyn std::fmt::Display| Problem::new("heads", format_args!("No such model: {error}."));
        let mut random = Random::new(settings.seed);
        let mut docs = names();
        random.shuffle(&mut docs);
        let left_out = sorted(LEFT_OUT.iter());
        docs.retain(|name| left_out.binary_search(&name.as_str()).is_err());
        docs.extend_from_slice(&LEFT_OUT);
        let params = Parameters::random(settings.config, VOCABULARY.vocab_size(), &mut random)
            .map_err(|error| wrong(&error))?
            .with_ablation(settings.ablation);
        let index = watched.as_ref().map_or(0, |place| place.index(&params));
        let mut trainer = Trainer::new(docs.clone(), &VOCABULARY, params, settings.num_steps)
            .map_err(|error| wrong(&error))?
            .with_engine(Engine::Fused);
        trainer.learning_rate = settings.learning_rate;
        trainer.plain_sgd = settings.plain_sgd;
        trainer.adam_mut().bias_correction = settings.bias_correction;
        [trainer.adam_mut().beta1, trainer.adam_mut().beta2] = settings.betas;
        let mut run = Run {
            settings: settings.clone(),
            docs,
            random,
            trainer,
            losses: Vec::new(),
            last: None,
            tests,
            watched,
            index,
            updates: Vec::new(),
            stopped: None,
            written: Vec::new(),
        };
        run.look_back();
        Ok(run)
    }

    /// How far the training goes: to its last step, or to the one before which it stopped.
    pub fn end(&self) -> usize {
        if self.stopped.is_some() { self.losses.len() } else { self.settings.num_steps }
    }

    fn advance(&mut self, step: usize) {
        while self.losses.len() < step && self.stopped.is_none() {
            let before = self.params().as_slice()[self.index];
            let step = match self.trainer.step() {
                Ok(Some(step)) => step,
                Ok(None) => break,
                Err(error) => {
                    self.stopped = Some(error);
                    break;
                }
            };
            let adam = self.trainer.adam();
            self.updates.push(Update {
                doc: step.document().doc.clone(),
                before,
                grad: self.trainer.grads()[self.index],
                m: adam.m[self.index],
                v: adam.v[self.index],
                corrections: adam.corrections(step.step),
                learning_rate: step.learning_rate,
                after: self.params().as_slice()[self.index],
            });
            self.losses.push(step.loss);
            self.last = Some(step);
            self.look_back();
        }
    }

    /// The tests so far.
    pub fn held_out(&self) -> &[(usize, f64)] {
        let so_far = self.tests.partition_point(|(step, _)| *step <= self.losses.len());
        &self.tests[..so_far]
    }

    /// Tests the model as it is now and keeps what it writes, if this is one of the moments for it.
    fn look_back(&mut self) {
        let step = self.losses.len();
        let due = step.is_multiple_of((self.settings.num_steps / TESTS).max(1));
        if due && self.tests.last().is_none_or(|(last, _)| *last < step) {
            self.tests.push((step, self.test()));
        }
        if moments(self.settings.num_steps).contains(&step) {
            let names = self.names(WRITTEN).unwrap_or_default();
            self.written.push((step, names));
        }
    }

    /// What the model writes as it is now, always from the same random numbers: those that the program has
    /// left after line 90.
    ///
    /// # Errors
    ///
    /// When its probabilities are not finite.
    pub fn names(&self, number: usize) -> Result<Vec<String>, SamplingError> {
        let (mut random, sampler) = (self.random.clone(), self.sampler());
        (0..number).map(|_| Ok(sampler.sample(TEMPERATURE, &mut random)?.text)).collect()
    }

    /// The mean loss of the names held out, with the model as it is now.
    pub fn test(&self) -> f64 {
        let params = self.params();
        let (mut fused, mut losses) = (Fused::new(params), Vec::new());
        for name in &LEFT_OUT[..HELD_OUT] {
            let tokens = VOCABULARY.encode_doc(name).expect("the vocabulary is that of all names");
            fused.losses(params.as_slice(), &tokens, &mut losses);
        }
        losses.iter().sum::<f64>() / losses.len() as f64
    }

    /// The parameters after the last step so far.
    pub fn params(&self) -> &Parameters {
        self.trainer.params()
    }

    /// The step of the gradients, counted from 1: the last one, or the one at which the training stopped.
    pub fn graded(&self) -> usize {
        self.losses.len() + usize::from(self.stopped.is_some())
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
