//! The crate's random numbers against CPython's, draw by draw.
//!
//! `golden/random.txt` is what Python drew; `python3 tests/golden/make.py` writes it anew.

mod golden;

use microgpt::Random;

#[test]
fn every_draw_is_that_of_cpython() {
    let mut random = Random::new(0);
    let mut seeds = 0;
    for (number, line) in include_str!("golden/random.txt").lines().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let (expected, drawn) = match words[..] {
            ["seed", seed] => {
                random = Random::new(seed.parse().unwrap());
                seeds += 1;
                continue;
            }
            ["random", expected] => (expected, bits(random.random())),
            ["gauss", mu, sigma, expected] => {
                let drawn = random.gauss(mu.parse().unwrap(), sigma.parse().unwrap());
                let python = f64::from_bits(u64::from_str_radix(expected, 16).unwrap());
                // By log, sin and cos, whose last bits are the platform's
                let same = !golden::made_here() && (drawn - python).abs() < 1e-14;
                (expected, bits(if same { python } else { drawn }))
            }
            ["shuffle", size, expected] => {
                let mut items: Vec<usize> = (0..size.parse().unwrap()).collect();
                random.shuffle(&mut items);
                (expected, items.iter().map(usize::to_string).collect::<Vec<_>>().join(","))
            }
            ["choices", weights, expected] => {
                let weights: Vec<f64> = weights.split(',').map(|weight| weight.parse().unwrap()).collect();
                (expected, random.choices(&weights).to_string())
            }
            _ => panic!("line {} is not understood: {line}", number + 1),
        };
        assert_eq!(drawn, expected, "line {}: {line}", number + 1);
    }
    assert_eq!(seeds, 8);
}

#[test]
#[should_panic(expected = "finite positive sum")]
fn choices_refuses_weights_that_are_all_zero() {
    Random::new(42).choices(&[0.0, 0.0]);
}

fn bits(number: f64) -> String {
    format!("{:016x}", number.to_bits())
}
