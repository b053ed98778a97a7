//! What must hold for any input: proptest looks for one for which it does not.

use approx::assert_relative_eq;
use microgpt::parameters::ConfigError;
use microgpt::{Config, Parameters, Random, Sampler, Tape, Tokenizer, Trainer, Value, loss, softmax};
use proptest::collection::vec;
use proptest::prelude::*;

// --- Gradients of random expressions ---

/// One line of a random program: it takes earlier numbers by their index and appends one.
#[derive(Debug, Clone, Copy)]
enum Line {
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Div(usize, usize),
    Neg(usize),
    Pow(usize, f64),
    Log(usize),
    Exp(usize),
    Relu(usize),
    /// Plain numbers on both sides: 1.5 − 0.25 · x
    Affine(usize),
}

/// Makes lines out of raw draws. Where an operation would be near the edge of its domain, or its result
/// large, a tame one takes its place.
fn program(inputs: &[f64], draws: &[(u8, usize, usize, f64)]) -> Vec<Line> {
    let mut numbers = inputs.to_vec();
    let mut lines = Vec::new();
    for &(kind, i, j, exponent) in draws {
        let (i, j) = (i % numbers.len(), j % numbers.len());
        let (a, b) = (numbers[i], numbers[j]);
        let line = match kind {
            0 => Line::Add(i, j),
            1 => Line::Sub(i, j),
            2 => Line::Mul(i, j),
            3 if b.abs() > 0.3 => Line::Div(i, j),
            4 => Line::Neg(i),
            5 if a > 0.3 => Line::Pow(i, exponent),
            6 if a > 0.3 => Line::Log(i),
            7 if a < 2.0 => Line::Exp(i),
            8 if a.abs() > 0.05 => Line::Relu(i),
            _ => Line::Affine(i),
        };
        let line = if evaluate(line, &numbers).abs() < 20.0 { line } else { Line::Affine(i) };
        numbers.push(evaluate(line, &numbers));
        lines.push(line);
    }
    lines
}

fn evaluate(line: Line, numbers: &[f64]) -> f64 {
    match line {
        Line::Add(i, j) => numbers[i] + numbers[j],
        Line::Sub(i, j) => numbers[i] - numbers[j],
        Line::Mul(i, j) => numbers[i] * numbers[j],
        Line::Div(i, j) => numbers[i] / numbers[j],
        Line::Neg(i) => -numbers[i],
        Line::Pow(i, c) => numbers[i].powf(c),
        Line::Log(i) => numbers[i].ln(),
        Line::Exp(i) => numbers[i].exp(),
        Line::Relu(i) => numbers[i].max(0.0),
        Line::Affine(i) => 1.5 - 0.25 * numbers[i],
    }
}

/// The sum of all that the program computes, so that every line counts.
fn run(lines: &[Line], inputs: &[f64]) -> f64 {
    let mut numbers = inputs.to_vec();
    for &line in lines {
        numbers.push(evaluate(line, &numbers));
    }
    numbers.iter().sum()
}

/// The same on a tape.
fn run_on_tape<'t>(tape: &'t Tape, lines: &[Line], inputs: &[Value<'t>]) -> Value<'t> {
    let mut numbers = inputs.to_vec();
    for &line in lines {
        numbers.push(match line {
            Line::Add(i, j) => numbers[i] + numbers[j],
            Line::Sub(i, j) => numbers[i] - numbers[j],
            Line::Mul(i, j) => numbers[i] * numbers[j],
            Line::Div(i, j) => numbers[i] / numbers[j],
            Line::Neg(i) => -numbers[i],
            Line::Pow(i, c) => numbers[i].powf(c),
            Line::Log(i) => numbers[i].log(),
            Line::Exp(i) => numbers[i].exp(),
            Line::Relu(i) => numbers[i].relu(),
            Line::Affine(i) => 1.5 - 0.25 * numbers[i],
        });
    }
    tape.sum(numbers)
}

/// (f(x + h) − f(x − h)) / 2h for the number at `index`, with three h: the best result, and how far the results are
/// apart, which tells how far to trust it. (Two are not enough: where a ReLU bends on either side, they may agree by
/// accident.)
fn central_difference(at: &[f64], index: usize, f: impl Fn(&[f64]) -> f64) -> (f64, f64) {
    let slope = |h: f64| {
        let (mut above, mut below) = (at.to_vec(), at.to_vec());
        above[index] += h;
        below[index] -= h;
        (f(&above) - f(&below)) / (above[index] - below[index])
    };
    let [coarse, medium, fine] = [4e-5, 2e-5, 1e-5].map(slope);
    (fine, (coarse - medium).abs().max((medium - fine).abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn gradients_of_any_expression_agree_with_central_differences(
        inputs in vec(-2.0..2.0, 1..5),
        draws in vec((0u8..10, any::<usize>(), any::<usize>(), -2.0..3.0), 1..25),
    ) {
        let lines = program(&inputs, &draws);
        let tape = Tape::new();
        let values: Vec<Value> = inputs.iter().map(|&input| tape.value(input)).collect();
        let output = run_on_tape(&tape, &lines, &values);
        output.backward();
        assert_relative_eq!(output.data(), run(&lines, &inputs), max_relative = 1e-9, epsilon = 1e-9);
        for (index, value) in values.iter().enumerate() {
            let (slope, doubt) = central_difference(&inputs, index, |inputs| run(&lines, inputs));
            prop_assume!(doubt <= 1e-3 * (1.0 + slope.abs())); // too steep here to be measured
            let tolerance = 1e-6 * (1.0 + slope.abs()) + 4.0 * doubt;
            prop_assert!((value.grad() - slope).abs() <= tolerance, "{} but {slope} by differences", value.grad());
        }
    }
}

// --- Softmax ---

/// Scores from tiny to far beyond what `exp` can take.
fn logit() -> impl Strategy<Value = f64> {
    prop_oneof![-1.0..1.0, -800.0..800.0, -1e300..1e300, Just(1e300), Just(-1e300), Just(0.0)]
}

fn probabilities(logits: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    let logits: Vec<Value> = logits.iter().map(|&logit| tape.value(logit)).collect();
    softmax(&logits).iter().map(|p| p.data()).collect()
}

proptest! {
    #[test]
    fn softmax_gives_probabilities_whatever_the_scores(logits in vec(logit(), 1..40)) {
        let probs = probabilities(&logits);
        prop_assert_eq!(probs.len(), logits.len());
        prop_assert!(probs.iter().all(|p| (0.0..=1.0).contains(p)), "{:?}", probs);
        assert_relative_eq!(probs.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
        for (a, p) in logits.iter().zip(&probs) {
            for (b, q) in logits.iter().zip(&probs) {
                prop_assert!(a < b || p >= q, "of {} and {} the larger has the smaller probability", a, b);
            }
        }
    }

    #[test]
    fn softmax_does_not_change_when_all_scores_shift(
        logits in vec(-50.0..50.0, 1..40),
        shift in -1000.0..1000.0,
    ) {
        let shifted: Vec<f64> = logits.iter().map(|logit| logit + shift).collect();
        for (p, q) in probabilities(&logits).into_iter().zip(probabilities(&shifted)) {
            assert_relative_eq!(p, q, max_relative = 1e-9);
        }
    }
}

// --- Tokenizer ---

proptest! {
    #[test]
    fn what_is_encoded_can_be_decoded(docs in vec("\\PC{1,12}", 1..10)) {
        let tokenizer = Tokenizer::new(&docs);
        for doc in &docs {
            let ids = tokenizer.encode(doc).unwrap();
            prop_assert_eq!(ids.len(), doc.chars().count());
            prop_assert!(ids.iter().all(|&id| id < tokenizer.bos()));
            prop_assert_eq!(&tokenizer.decode(&ids).unwrap(), doc);
            let tokens = tokenizer.encode_doc(doc).unwrap();
            prop_assert_eq!(&tokens[1..tokens.len() - 1], ids);
            prop_assert_eq!((tokens[0], tokens[tokens.len() - 1]), (tokenizer.bos(), tokenizer.bos()));
        }
        prop_assert_eq!(tokenizer.vocab_size(), tokenizer.bos() + 1);
        prop_assert!(tokenizer.uchars().is_sorted());
        prop_assert!(tokenizer.decode(&[tokenizer.bos()]).is_err());
    }

    #[test]
    fn a_character_outside_the_vocabulary_is_an_error(doc in "[a-y]{0,8}", place in 0usize..9) {
        let tokenizer = Tokenizer::from_chars('a'..='y');
        let mut text = doc.clone();
        text.insert(place.min(doc.len()), 'z');
        prop_assert!(tokenizer.encode(&doc).is_ok());
        prop_assert!(tokenizer.encode(&text).is_err());
    }
}

// --- Models of other sizes ---

prop_compose! {
    fn config()(n_head in 1usize..4, head_dim in 1usize..5, n_layer in 1usize..4, block_size in 1usize..11)
        -> Config {
        Config { n_embd: n_head * head_dim, n_head, n_layer, block_size, ..Config::default() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_model_of_any_sizes_trains_with_the_right_gradients(
        config in config(),
        doc in "[a-e]{1,12}",
        seed: u64,
        picks in vec(any::<proptest::sample::Index>(), 12),
    ) {
        let tokenizer = Tokenizer::from_chars('a'..='e');
        let tokens = tokenizer.encode_doc(&doc).unwrap();
        let mut random = Random::new(seed);
        let mut params = Parameters::random(config, tokenizer.vocab_size(), &mut random).unwrap();
        // Larger than at the start of training, and none 0, so that every gradient has something to show
        params.as_mut_slice().fill_with(|| random.gauss(0.0, 0.5));

        let mut trainer = Trainer::new(vec![doc], &tokenizer, params.clone(), 1).unwrap();
        let step = trainer.step().unwrap().expect("one step");
        prop_assert!(trainer.step().unwrap().is_none());
        prop_assert_eq!(step.document().losses.len(), config.block_size.min(tokens.len() - 1));

        let loss_at = |values: &[f64]| {
            let params = Parameters::from_values(config, tokenizer.vocab_size(), values.to_vec()).unwrap();
            let tape = Tape::new();
            loss(&tokens, &params.on(&tape)).loss.data()
        };
        prop_assert_eq!(step.loss, loss_at(params.as_slice()));
        for pick in picks {
            let index = pick.index(params.len());
            let (slope, doubt) = central_difference(params.as_slice(), index, loss_at);
            let (grad, name) = (trainer.grads()[index], params.name_of(index).unwrap());
            let tolerance = 1e-6 * (1.0 + slope.abs()) + 4.0 * doubt;
            prop_assert!((grad - slope).abs() <= tolerance, "{name}: {grad}, but {slope} by differences");
        }

        let sample = Sampler::new(&tokenizer, trainer.params()).sample(0.5, &mut random).unwrap();
        prop_assert!(sample.tokens.len() <= config.block_size);
        for probs in &sample.probs {
            assert_relative_eq!(probs.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
        }
    }
}

#[test]
fn sizes_that_make_no_model_are_errors() {
    let good = Config::default();
    let error = |config: Config, vocab_size| {
        Parameters::random(config, vocab_size, &mut Random::new(42)).expect_err("no such model")
    };
    for (name, config) in [
        ("n_embd", Config { n_embd: 0, ..good }),
        ("n_head", Config { n_head: 0, ..good }),
        ("n_layer", Config { n_layer: 0, ..good }),
        ("block_size", Config { block_size: 0, ..good }),
    ] {
        assert_eq!(error(config, 27), ConfigError::Zero { name });
    }
    assert_eq!(error(good, 0), ConfigError::Zero { name: "vocab_size" });
    assert_eq!(error(Config { n_head: 3, ..good }, 27), ConfigError::Indivisible { n_embd: 16, n_head: 3 });
    for config in [
        Config { n_embd: usize::MAX / 4 * 4, ..good },
        Config { n_layer: usize::MAX, ..good },
        Config { block_size: 1_000_000, ..good },
    ] {
        assert_eq!(error(config, 27), ConfigError::TooLarge);
    }
    assert_eq!(error(good, usize::MAX), ConfigError::TooLarge);
    assert_eq!(error(Config { block_size: 10_000, ..good }, 27), ConfigError::BlockTooLarge);
    assert_eq!(
        Parameters::from_values(good, 27, vec![0.0; 4063]),
        Err(ConfigError::WrongCount { expected: 4064, found: 4063 })
    );
}
