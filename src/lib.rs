//! A complete GPT: the 200 lines of `microgpt.py` in Rust, computing the same bits.
//!
//! The modules follow the course, and the course follows the program:
//!
//! | module | lines of microgpt.py | what stands there |
//! |---|---|---|
//! | [`data`] | 14–27 | the dataset and the tokenizer |
//! | [`autograd`] | 29–72 | numbers that remember how they were computed |
//! | [`parameters`] | 74–90 | what the model knows |
//! | [`model`] | 92–144 | the GPT |
//! | [`training`] | 146–184 | the loss, Adam, the training loop |
//! | [`inference`] | 186–200 | new names |
//! | [`random`] | | Python's random numbers |
//! | [`engine`], [`fused`] | | the same model, computed much faster |
//! | [`revision`] | | what the later revision does otherwise |
//! | [`program`] | | all of it on the names of `input.txt`, before training and after |
//! | [`activations`] | | all that the model computes at one position |
//! | [`graph`] | | computation graphs as pictures |
//! | [`turned`] | | the model with a hand in it: numbers on the way set to others |
//! | [`paths`] | | the paths of a computation graph: what a gradient is the sum of |
//!
//! The whole program is:
//!
//! ```
//! use microgpt::{Config, Parameters, Random, Sampler, Tokenizer, Trainer, load_docs};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut random = Random::new(42);
//! let mut docs = load_docs("input.txt")?;
//! random.shuffle(&mut docs);
//! let tokenizer = Tokenizer::new(&docs);
//! let params = Parameters::random(Config::default(), tokenizer.vocab_size(), &mut random)?;
//! let mut trainer = Trainer::new(docs, &tokenizer, params, 3)?; // 500 for the real thing
//! while let Some(step) = trainer.step()? {
//!     println!("{step}");
//! }
//! let sampler = Sampler::new(&tokenizer, trainer.params());
//! println!("{}", sampler.sample(0.5, &mut random)?.text);
//! # Ok(())
//! # }
//! ```

pub mod activations;
pub mod autograd;
pub mod data;
pub mod engine;
pub mod fused;
pub mod graph;
pub mod inference;
pub mod model;
pub mod parameters;
pub mod paths;
mod pow;
pub mod program;
pub mod random;
pub mod revision;
pub mod training;
pub mod turned;

pub use autograd::{Tape, Value};
pub use data::{Tokenizer, load_docs, load_list, names};
pub use engine::{Engine, losses, mean_loss, trace};
pub use fused::Fused;
pub use inference::Sampler;
pub use model::{gpt, linear, rmsnorm, softmax};
pub use parameters::{Ablation, Config, Parameters, StateDict};
pub use program::Program;
pub use random::Random;
pub use revision::Revision;
pub use training::{Adam, Trainer, loss, loss_and_gradients, loss_of};
