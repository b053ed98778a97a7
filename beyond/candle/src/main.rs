//! The model of microgpt.py with the tensors of candle: the way there alone, for candle's autograd finds the
//! way back. Dataset, tokenizer, random numbers and the learning rate are the crate's.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use candle_core::backprop::GradStore;
use candle_core::{D, DType, Device, Tensor, Var, safetensors};
use candle_nn::ops::softmax;
use candle_nn::{AdamW, Optimizer, ParamsAdamW, loss::cross_entropy};
use clap::Parser;
use microgpt::training::cosine_decay;
use microgpt::{Config, Parameters, Random, Tokenizer, names};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CPU: Device = Device::Cpu;

/// Trains the model of microgpt.py, and prints what that prints
#[derive(Parser)]
struct Args {
    /// Start from weights that the program microgpt wrote with --save
    #[arg(long, value_name = "FILE")]
    load: Option<PathBuf>,
    /// Learn from this many documents in each step
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// Train for this many steps
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Describe a token with this many numbers, a multiple of 4
    #[arg(long, value_name = "N", default_value_t = 16)]
    width: usize,
    /// Write losses, the gradients of step 1 and the last weights to this file
    #[arg(long, value_name = "FILE")]
    numbers: Option<PathBuf>,
    /// Print only the seconds of the fastest step
    #[arg(long)]
    time: bool,
}

/// The weights, by the names they have in Python's state_dict.
struct StateDict {
    config: Config,
    names: Vec<String>,
    vars: HashMap<String, Var>,
}

impl StateDict {
    /// Weights of these sizes: those of `values` by their names.
    fn new(params: &Parameters, values: impl Fn(&str) -> Option<Tensor>) -> Result<Self> {
        let mut state_dict = StateDict { config: params.config(), names: Vec::new(), vars: HashMap::new() };
        for matrix in params.matrices() {
            let shape = (matrix.rows, matrix.cols);
            let tensor = match values(matrix.name) {
                Some(tensor) if tensor.shape().dims2().is_ok_and(|found| found == shape) => tensor,
                Some(tensor) => Err(format!("{} is {:?}, not {shape:?}", matrix.name, tensor.shape()))?,
                None => Err(format!("there is no {}", matrix.name))?,
            };
            state_dict.names.push(matrix.name.to_owned());
            state_dict.vars.insert(matrix.name.to_owned(), Var::from_tensor(&tensor.to_dtype(DType::F64)?)?);
        }
        Ok(state_dict)
    }

    fn get(&self, name: &str) -> &Tensor {
        &self.vars[name]
    }

    fn layer(&self, li: usize, name: &str) -> &Tensor {
        self.get(&format!("layer{li}.{name}"))
    }

    fn in_order(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.names.iter().map(|name| (&name[..], &self.vars[name]))
    }
}

/// `[T, nin]` and `[nout, nin]` to `[T, nout]`.
fn linear(x: &Tensor, w: &Tensor) -> Result<Tensor> {
    Ok(x.matmul(&w.t()?)?)
}

/// Each row by itself.
fn rmsnorm(x: &Tensor) -> Result<Tensor> {
    let mean_square = x.sqr()?.mean_keepdim(D::Minus1)?;
    Ok(x.broadcast_div(&(mean_square + 1e-5)?.sqrt()?)?)
}

/// 0 where a position may look, −∞ at those after it, `[T, T]`.
fn future(n: usize) -> Result<Tensor> {
    let mask = |row, col| if col > row { f64::NEG_INFINITY } else { 0.0 };
    let mask: Vec<f64> = (0..n * n).map(|i| mask(i / n, i % n)).collect();
    Ok(Tensor::from_vec(mask, (n, n), &CPU)?)
}

/// One score for each token of the vocabulary, at each of T positions, `[T, vocab_size]`.
fn gpt(tokens: &[u32], state_dict: &StateDict) -> Result<Tensor> {
    let Config { n_embd, n_head, n_layer, .. } = state_dict.config;
    let n = tokens.len();
    let split = |x: Tensor| -> candle_core::Result<Tensor> {
        x.reshape((n, n_head, n_embd / n_head))?.transpose(0, 1)?.contiguous()
    };
    let tok_emb = state_dict.get("wte").index_select(&Tensor::new(tokens, &CPU)?, 0)?;
    let pos_emb = state_dict.get("wpe").narrow(0, 0, n)?;
    let mut x = rmsnorm(&(tok_emb + pos_emb)?)?;
    for li in 0..n_layer {
        let w = |name| state_dict.layer(li, name);
        // 1) Attention
        let x_residual = x;
        x = rmsnorm(&x_residual)?;
        let q = split(linear(&x, w("attn_wq"))?)?;
        let k = split(linear(&x, w("attn_wk"))?)?;
        let v = split(linear(&x, w("attn_wv"))?)?;
        let attn_logits = (q.matmul(&k.t()?)? / (state_dict.config.head_dim() as f64).sqrt())?;
        let attn_weights = softmax(&attn_logits.broadcast_add(&future(n)?)?, D::Minus1)?;
        let x_attn = attn_weights.matmul(&v)?.transpose(0, 1)?.reshape((n, n_embd))?;
        x = (linear(&x_attn, w("attn_wo"))? + x_residual)?;
        // 2) MLP
        let x_residual = x;
        x = rmsnorm(&x_residual)?;
        x = linear(&x, w("mlp_fc1"))?.relu()?.sqr()?;
        x = (linear(&x, w("mlp_fc2"))? + x_residual)?;
    }
    linear(&x, state_dict.get("lm_head"))
}

/// The mean loss of a step's documents.
fn loss(batch: &[Vec<u32>], state_dict: &StateDict) -> Result<Tensor> {
    let losses = batch.iter().map(|tokens| -> Result<Tensor> {
        let logits = gpt(&tokens[..tokens.len() - 1], state_dict)?;
        Ok(cross_entropy(&logits, &Tensor::new(&tokens[1..], &CPU)?)?)
    });
    Ok(Tensor::stack(&losses.collect::<Result<Vec<_>>>()?, 0)?.mean(0)?)
}

/// The training, a step at a time.
struct Training {
    state_dict: StateDict,
    adam: AdamW,
    step: usize,
    num_steps: usize,
}

impl Training {
    fn new(state_dict: StateDict, num_steps: usize) -> Result<Self> {
        let vars = state_dict.in_order().map(|(_, var)| var.clone()).collect();
        let settings = ParamsAdamW { lr: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.0 };
        Ok(Training { adam: AdamW::new(vars, settings)?, state_dict, step: 0, num_steps })
    }

    fn step(&mut self, batch: &[Vec<u32>]) -> Result<(f64, GradStore)> {
        let loss = loss(batch, &self.state_dict)?;
        let grads = loss.backward()?;
        self.adam.set_learning_rate(cosine_decay(1e-2, self.step, self.num_steps));
        self.adam.step(&grads)?;
        self.step += 1;
        Ok((loss.to_scalar()?, grads))
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let mut random = Random::new(42);
    let names = names();
    let mut docs = names.clone();
    random.shuffle(&mut docs);
    let tokenizer = Tokenizer::new(&docs);
    let config = Config { n_embd: args.width, ..Config::default() };
    let params = Parameters::random(config, tokenizer.vocab_size(), &mut random)?;
    let state_dict = match &args.load {
        Some(path) => {
            let unusable = |error: Box<dyn Error>| {
                format!(
                    "{} cannot be used ({error}); give a file that microgpt wrote with --save",
                    path.display()
                )
            };
            let tensors = safetensors::load(path, &CPU).map_err(|error| unusable(error.into()))?;
            StateDict::new(&params, |name| tensors.get(name).cloned()).map_err(unusable)?
        }
        None => StateDict::new(&params, |name| {
            let matrix = params.get(name)?;
            Tensor::from_slice(matrix.data, (matrix.rows, matrix.cols), &CPU).ok()
        })?,
    };
    let tokens_of = |doc: &str| -> Result<Vec<u32>> {
        let tokens = tokenizer.encode_doc(doc)?;
        Ok(tokens.iter().take(config.block_size + 1).map(|&token| token as u32).collect())
    };
    if args.time {
        let docs: Vec<String> = names.chunks_exact(32).map(|names| names.concat()).collect();
        let tokens = docs.iter().map(|doc| tokens_of(doc)).collect::<Result<Vec<_>>>()?;
        println!("{}", fastest_step(&mut Training::new(state_dict, usize::MAX)?, &tokens)?.as_secs_f64());
        return Ok(());
    }

    println!("num docs: {}", docs.len());
    println!("vocab size: {}", tokenizer.vocab_size());
    println!("num params: {}", params.len());
    let mut numbers = String::new();
    let (batch, num_steps) = (args.batch as usize, args.steps as usize);
    let mut training = Training::new(state_dict, num_steps)?;
    for step in 0..num_steps {
        let batch = (0..batch).map(|i| tokens_of(&docs[(step * batch + i) % docs.len()]));
        let (loss, grads) = training.step(&batch.collect::<Result<Vec<_>>>()?)?;
        writeln!(numbers, "loss {} {loss:e}", step + 1)?;
        if step == 0 {
            for (name, var) in training.state_dict.in_order() {
                write_entries(&mut numbers, "gradient", name, grads.get(var).unwrap_or(&var.zeros_like()?))?;
            }
        }
        println!("step {:4} / {num_steps:4} | loss {loss:.4}", step + 1);
    }
    for (name, var) in training.state_dict.in_order() {
        write_entries(&mut numbers, "weight", name, var)?;
    }
    if let Some(path) = &args.numbers {
        std::fs::write(path, numbers).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }

    println!("\n--- inference ---");
    for sample_idx in 1..=20 {
        let mut tokens = vec![tokenizer.bos()];
        while tokens.len() <= config.block_size {
            let ids: Vec<u32> = tokens.iter().map(|&token| token as u32).collect();
            let logits = gpt(&ids, &training.state_dict)?.get(ids.len() - 1)?;
            let probs = softmax(&(logits / 0.5)?, 0)?.to_vec1::<f64>()?;
            match random.choices(&probs) {
                token if token == tokenizer.bos() => break,
                token => tokens.push(token),
            }
        }
        println!("sample {sample_idx:2}: {}", tokenizer.decode(&tokens[1..])?);
    }
    Ok(())
}

/// A line for each number of a matrix.
fn write_entries(out: &mut String, what: &str, name: &str, matrix: &Tensor) -> Result<()> {
    for (i, row) in matrix.to_vec2::<f64>()?.iter().enumerate() {
        for (j, number) in row.iter().enumerate() {
            writeln!(out, "{what} {name}[{i}][{j}] {number:e}")?;
        }
    }
    Ok(())
}

/// The fastest of at least 20 steps and a second.
fn fastest_step(training: &mut Training, docs: &[Vec<u32>]) -> Result<Duration> {
    let (mut fastest, began) = (Duration::MAX, Instant::now());
    for (step, tokens) in docs.iter().cycle().enumerate() {
        if step >= 20 && began.elapsed() > Duration::from_secs(1) {
            break;
        }
        let start = Instant::now();
        training.step(std::slice::from_ref(tokens))?;
        fastest = fastest.min(start.elapsed());
    }
    Ok(fastest)
}
