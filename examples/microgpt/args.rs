//! The options of the program.

use std::fs;
use std::path::{self, Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use microgpt::{Config, Revision};

/// A complete GPT: reads names, learns, and invents new ones, as `python3 microgpt.py` does
///
/// Without options it trains on input.txt in the current folder and prints what microgpt.py prints. What it
/// understands of a list given with --data, it says on standard error.
#[derive(Debug, Parser)]
#[command(name = "microgpt", version)]
pub struct Args {
    /// Learn from the documents in this text file, one per line, in UTF-8, of any letters [default: input.txt]
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,

    /// Be this revision of microgpt: its sizes, first values, optimizer, number of steps and output
    #[arg(long, value_enum, default_value_t = Which::Early)]
    pub revision: Which,

    /// Train for this many steps [default: 500, later revision: 1000, with --load: none]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_hyphen_values = true)]
    steps: Option<usize>,

    /// Begin the random numbers here, as Python's random.seed(N) does
    #[arg(long, value_name = "N", default_value_t = 42, allow_hyphen_values = true)]
    pub seed: u64,

    /// Sample at this temperature: below 1 bolder on the likely tokens, above 1 more surprise
    #[arg(long, value_name = "T", default_value = "0.5", value_parser = positive, allow_hyphen_values = true)]
    pub temperature: f64,

    /// Write this many samples
    #[arg(long, value_name = "N", default_value = "20", value_parser = at_least_one, allow_hyphen_values = true)]
    pub samples: usize,

    /// Let every sample begin with this text
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub prefix: String,

    /// Compute with this engine
    #[arg(long, value_enum, default_value_t = Engine::Scalar)]
    pub engine: Engine,

    /// Learn from this many documents in each step, from the mean of their gradients [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_hyphen_values = true)]
    batch: Option<usize>,

    /// Let the learning rate fall from here [default: 0.01]
    #[arg(long, value_name = "X", value_parser = positive, allow_hyphen_values = true)]
    pub learning_rate: Option<f64>,

    /// After training write the weights to this file, in safetensors format
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,

    /// Start from the weights, sizes and vocabulary of this file, which --save wrote
    ///
    /// Samples at once, or first trains further if --steps is given: with Adam's memory empty, and the
    /// learning rate falling from its start again.
    #[arg(long, value_name = "FILE")]
    pub load: Option<PathBuf>,

    /// After training draw the loss of each step to this file, in SVG format
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    /// Describe a token with this many numbers; a multiple of --n-head [default: 16]
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "load")]
    n_embd: Option<usize>,

    /// Give each layer this many attention heads [default: 4]
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "load")]
    n_head: Option<usize>,

    /// Stack this many layers [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "load")]
    n_layer: Option<usize>,

    /// See at most this many positions [default: 8, later revision: 16]
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "load")]
    block_size: Option<usize>,
}

/// A revision of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// The one that the course explains: microgpt.py
    Early,
    /// The later one: microgpt.py with beyond/later.diff applied
    Later,
}

/// What computes the model and its gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// One number at a time, as microgpt.py does: the same bits
    Scalar,
    /// Many numbers at a time, some fifty times faster: the same but for the last bits
    Fused,
}

impl From<Engine> for microgpt::Engine {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Scalar => microgpt::Engine::Scalar,
            Engine::Fused => microgpt::Engine::Fused,
        }
    }
}

impl Args {
    /// The options given; where they make no sense the program ends here, with exit code 2.
    pub fn parse_and_check() -> Self {
        let args = Args::parse();
        if let Err(problem) = args.check() {
            Args::command().error(ErrorKind::ArgumentConflict, problem).exit();
        }
        args
    }

    /// What clap cannot see: options that would have no effect, and files that would be overwritten.
    fn check(&self) -> Result<(), String> {
        if self.num_steps().is_none() {
            let idle = [
                ("--data", self.data.is_some()),
                ("--save", self.save.is_some()),
                ("--plot", self.plot.is_some()),
                ("--batch", self.batch.is_some()),
                ("--learning-rate", self.learning_rate.is_some()),
            ];
            if let Some((option, _)) = idle.into_iter().find(|&(_, is_given)| is_given) {
                return Err(format!("{option} is of no use with --load alone; add --steps to train further"));
            }
        }
        let [save, load, plot] = [&self.save, &self.load, &self.plot].map(|path| path.as_deref());
        // Weights may be saved where they were loaded from.
        for (output, name, other) in [
            (save, "the data", Some(self.data())),
            (plot, "the data", Some(self.data())),
            (plot, "--load", load),
            (plot, "--save", save),
        ] {
            if let (Some(output), Some(other)) = (output, other)
                && place(output).is_some_and(|place| Some(place) == self::place(other))
            {
                let output = output.display();
                return Err(format!("{output} would overwrite {name}; give its output a file of its own"));
            }
        }
        Ok(())
    }

    /// The file with the documents.
    pub fn data(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new("input.txt"))
    }

    /// How many steps to train for; `None` for no training.
    pub fn num_steps(&self) -> Option<usize> {
        self.steps.or(if self.load.is_some() { None } else { Some(self.preset().num_steps) })
    }

    /// How many documents each step learns from.
    pub fn batch(&self) -> usize {
        self.batch.unwrap_or(1)
    }

    /// The revision as it is without other options.
    fn preset(&self) -> Revision {
        match self.revision {
            Which::Early => Revision::EARLY,
            Which::Later => Revision::LATER,
        }
    }

    /// The settings of a new model and its training.
    pub fn settings(&self) -> Revision {
        let preset = self.preset();
        let config = Config {
            n_embd: self.n_embd.unwrap_or(preset.config.n_embd),
            n_head: self.n_head.unwrap_or(preset.config.n_head),
            n_layer: self.n_layer.unwrap_or(preset.config.n_layer),
            block_size: self.block_size.unwrap_or(preset.config.block_size),
            ..preset.config
        };
        Revision { config, num_steps: self.num_steps().unwrap_or(0), ..preset }
    }

    /// The files to be written.
    pub fn outputs(&self) -> impl Iterator<Item = &Path> {
        [&self.save, &self.plot].into_iter().filter_map(|path| path.as_deref())
    }
}

/// A number of things. Of two such numbers the product does not overflow.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse::<u32>() {
        Ok(number) if number > 0 => Ok(number as usize),
        _ => Err(format!("give a whole number from 1 to {}", u32::MAX)),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number < f64::INFINITY => Ok(number),
        _ => Err("give a finite number above 0, such as 0.5".to_owned()),
    }
}

/// Where a file is, or would be if it were written.
fn place(file: &Path) -> Option<PathBuf> {
    let new = || Some(fs::canonicalize(path::absolute(file).ok()?.parent()?).ok()?.join(file.file_name()?));
    fs::canonicalize(file).ok().or_else(new)
}
