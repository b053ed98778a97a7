//! A.2, Math refresher: the calculations that the lessons take for granted, each with small numbers.

mod common;

use std::error::Error;
use std::f64::consts::{E, PI};

use common::{bar, dot, join, label, length, mean, std};
use microgpt::{Program, Random};

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let docs = &untrained.docs;

    println!("--- exponents ---");
    println!("2 ** 3    = 2 * 2 * 2 = {}", f64::powi(2.0, 3));
    println!("2 ** 3 * 2 ** 2 = 2 ** 5 = {}", f64::powi(2.0, 5));
    println!("(2 ** 3) ** 2   = 2 ** 6 = {}", f64::powi(f64::powi(2.0, 3), 2));
    println!("2 ** 0    = {}", f64::powi(2.0, 0));
    println!("2 ** -1   = 1 / 2 = {}", f64::powi(2.0, -1));
    println!("9 ** 0.5  = root of 9 = {}", f64::powf(9.0, 0.5));
    println!("9 ** 0.5 * 9 ** 0.5 = 9 ** 1 = {}", f64::powf(9.0, 0.5) * f64::powf(9.0, 0.5));
    println!("9 ** -0.5 = 1 / 3 = {:.4}", f64::powf(9.0, -0.5));
    println!("2 to the power 10: 2 ** 10 = {}", f64::powi(2.0, 10));
    println!("0.9 to the power 10: 0.9 ** 10 = {:.4}", f64::powi(0.9, 10));

    label("exponents of ten");
    println!("1e-5 is 1 divided by 10 five times: {:.5}", 1e-5);
    println!("{:e} is 2.8 divided by 10 four times: {:.5}", 2.8e-4, 2.8 / 1e4);
    println!("{:e} is 2.8 times 10 four times: {}", 2.8e4, 2.8 * 1e4);

    label("half of its size twice");
    println!("as large as before: 1.5 * 1.5 = {}", 1.5 * 1.5);

    label("growing by a part");
    println!("      n  (1 + 1/n) ** n");
    for n in [1, 2, 10, 100, 1000, 1_000_000] {
        println!("{n:7} {:15.4}", (1.0 + 1.0 / f64::from(n)).powi(n));
    }
    println!("e = {E:.4}");

    label("powers of e");
    println!("e ** 0  = {}", f64::exp(0.0));
    println!("e ** 2  = {:.4}", f64::exp(2.0));
    println!("e ** 3  = {:.4}", f64::exp(3.0));
    println!(
        "e ** 3 / e ** 2 = {:.4} / {:.4} = {:.4}",
        f64::exp(3.0),
        f64::exp(2.0),
        f64::exp(3.0) / f64::exp(2.0)
    );
    println!("e ** -1 = 1 / 2.7183 = {:.4}", f64::exp(-1.0));

    label("logarithms");
    println!("log of 8 to the base 2 = {}", f64::log2(8.0));
    println!("log of 1000 to the base 10 = {}", f64::log10(1000.0));
    println!(
        "ln 1000 / ln 10 = {:.4} / {:.4} = {:.4}",
        f64::ln(1000.0),
        f64::ln(10.0),
        f64::ln(1000.0) / f64::ln(10.0)
    );

    label("a table of logarithms");
    let table = [
        ("1/27", 1.0 / 27.0),
        ("1/2", 0.5),
        ("1", 1.0),
        ("2", 2.0),
        ("e", E),
        ("3", 3.0),
        ("9", 9.0),
        ("27", 27.0),
    ];
    println!("x    {}", table.map(|(name, _)| format!("{name:>8}")).concat());
    println!("ln x {}", table.map(|(_, x)| format!("{:8.4}", f64::ln(x))).concat());

    label("rules of the logarithm");
    println!("ln (3 * 9)  = ln 3 + ln 9 = {:.4} + {:.4} = {:.4}", f64::ln(3.0), f64::ln(9.0), f64::ln(27.0));
    println!("ln (3 ** 3) = 3 * ln 3 = 3 * {:.4} = {:.4}", f64::ln(3.0), f64::ln(27.0));
    println!("ln (1/27)   = - ln 27 = {:.4}", f64::ln(1.0 / 27.0));

    label("letters of five names");
    let x: Vec<f64> = docs[..5].iter().map(|name| name.len() as f64).collect();
    println!("i    {}", (0..5).map(|i| format!("{i:>9}")).collect::<String>());
    println!("name {}", docs[..5].iter().map(|name| format!("{name:>9}")).collect::<String>());
    println!("x_i  {}", x.iter().map(|x_i| format!("{x_i:9}")).collect::<String>());

    label("sums");
    let sum: f64 = x.iter().sum();
    println!("index i from 0 to 4: {}", join(0..5, ", "));
    println!("sum of the five x_i: {} = {sum}", join(&x, " + "));
    println!("sum of all 3 * x_i:  3 * {sum} = {}", 3.0 * sum);
    println!("sum of all x_i + 2:  {sum} + 5 * 2 = {}", sum + 10.0);
    let running: Vec<f64> = (1..=5).map(|n| x[..n].iter().sum()).collect();
    println!("running sums: {}", join(&running, ", "));

    label("means");
    let mean_x = mean(&x);
    println!("mean: {sum} / 5 = {mean_x}");
    println!("weights 0.2, 0.4, 0.2, 0.2 of 5, 6, 7, 8 letters");
    let weighted = 0.2 * 5.0 + 0.4 * 6.0 + 0.2 * 7.0 + 0.2 * 8.0;
    println!("weighted mean: 0.2 * 5 + 0.4 * 6 + 0.2 * 7 + 0.2 * 8 = {weighted:.1}");
    let (two, three) = (mean(&x[..2]), mean(&x[2..]));
    println!("mean of the first two names {two}, of the other three {three}");
    println!("half of both: ({two} + {three}) / 2 = {}", (two + three) / 2.0);
    println!("each group by its share: 0.4 * {two} + 0.6 * {three} = {:.1}", 0.4 * two + 0.6 * three);

    label("spread of five names");
    let distances: Vec<f64> = x.iter().map(|x_i| x_i - mean_x).collect();
    let squares: Vec<f64> = distances.iter().map(|distance| distance * distance).collect();
    let total: f64 = squares.iter().sum();
    println!("x_i                 {}", row(&x, 0));
    println!("minus the mean, {mean_x} {}", row(&distances, 1));
    println!("squared             {}", row(&squares, 2));
    println!("sum of the squares: {total:.2}");
    println!("variance: {total:.2} / 5 = {:.2}", total / 5.0);
    println!("standard deviation: root of {:.2} = {:.4}", total / 5.0, (total / 5.0).sqrt());
    println!(
        "divided by 4 instead: {total:.2} / 4 = {:.2}, its root {:.4}",
        total / 4.0,
        (total / 4.0).sqrt()
    );

    label("sums and means of draws");
    println!("n independent draws of standard deviation 1, taken 10,000 times");
    println!(" n  std of the sum  root of n  std of the mean  1 / root of n");
    let mut random = Random::new(42);
    for n in [1, 4, 16, 64] {
        let sums: Vec<f64> =
            (0..10_000).map(|_| (0..n).map(|_| random.gauss(0.0, 1.0)).sum::<f64>()).collect();
        let (std, root) = (std(&sums), f64::from(n).sqrt());
        println!("{n:2} {std:15.2} {root:10} {:16.3} {:14.3}", std / f64::from(n), 1.0 / root);
    }

    label("the bell curve");
    println!("   z  height, each # is 0.02");
    for half in -6..=6 {
        let z = f64::from(half) / 2.0;
        let height = f64::exp(-z * z / 2.0);
        println!("{z:4.1}  {height:.4}  {}", bar(50.0 * height));
    }

    label("how far from the mean");
    let mut random = Random::new(42);
    let draws: Vec<f64> = (0..100_000).map(|_| random.gauss(0.0, 1.0)).collect();
    println!("nearer than              area under the curve   of 100,000 draws");
    for k in 1..=3 {
        let within = draws.iter().filter(|draw| draw.abs() < f64::from(k)).count() as f64 / 100_000.0;
        let name = if k == 1 { "deviation " } else { "deviations" };
        println!("{k} standard {name} {:18.1}% {:17.1}%", 100.0 * area(f64::from(k)), 100.0 * within);
    }

    label("the height of the bell");
    println!("e ** (-z ** 2 / 2)");

    label("the area in python");
    println!("math.erf(z / 2 ** 0.5) with z = 1: {:.4}", area(1.0));

    label("gauss");
    let mut random = Random::new(42);
    let draw = random.gauss(0.0, 1.0);
    println!("first draw with seed 42, gauss(0, 1):    {draw:.4}");
    println!("the same draw as gauss(0, 0.02):         0 + 0.02 * ({draw:.4}) = {:.4}", 0.02 * draw);
    println!("the same draw as gauss(5, 2):            5 + 2 * ({draw:.4}) = {:.4}", 5.0 + 2.0 * draw);

    label("angles and their cosines");
    let degrees = [0.0, 45.0, 60.0, 90.0, 120.0, 180.0];
    println!("degrees {}", degrees.map(|angle| format!("{angle:8}")).concat());
    println!("radians {}", degrees.map(|angle| format!("{:8.4}", angle * PI / 180.0)).concat());
    println!("cosine  {}", degrees.map(|angle| format!("{:8.4}", cosine(angle))).concat());

    label("degrees taken for radians");
    println!("60 * pi / 180 = {:.4}", 60.0 * PI / 180.0);
    println!("cos(1.0472) = {:.4}", cosine(60.0));
    println!("math.cos(60) = {:.4}", f64::cos(60.0));
    println!("math.cos(60 * math.pi / 180) = {:.4}", f64::cos(60.0 * PI / 180.0));
    println!("turns in 60 radians: 60 / (2 * 3.1416) = {:.2}", 60.0 / (2.0 * PI));

    label("a straight line");
    let line = |x: f64| 2.0 * x + 1.0;
    println!("2 x + 1 at 1: {}, at 4: {}", line(1.0), line(4.0));
    println!("slope: ({} - {}) / (4 - 1) = {}", line(4.0), line(1.0), (line(4.0) - line(1.0)) / 3.0);

    println!("f(x) = 2x + 1 is drawn");

    label("derivatives");
    println!("at x = 2  value    derivative     value   by a nudge");
    slope_of("5", |_| 5.0, "0", |_| 0.0);
    slope_of("3 x", |x| 3.0 * x, "3", |_| 3.0);
    slope_of("x^2", |x| x * x, "2 x", |x| 2.0 * x);
    slope_of("x^3", |x| x.powi(3), "3 x^2", |x| 3.0 * x * x);
    slope_of("1/x", |x| 1.0 / x, "-1/x^2", |x| -1.0 / (x * x));
    slope_of("x^0.5", f64::sqrt, "0.5 / x^0.5", |x| 0.5 / x.sqrt());
    slope_of("e^x", f64::exp, "e^x", f64::exp);
    slope_of("ln x", f64::ln, "1/x", |x| 1.0 / x);
    slope_of("relu(x)", |x| x.max(0.0), "1 if x > 0", |_| 1.0);
    slope_of("x^2 + 3 x", |x| x * x + 3.0 * x, "2 x + 3", |x| 2.0 * x + 3.0);

    label("two inputs");
    let f = |x: f64, y: f64| x * x * y;
    println!("x^2 * y at x = 2, y = 3: {}", f(2.0, 3.0));
    println!("slope to x, 2 x * y = {:.0}, by a nudge {:.4}", 2.0 * 2.0 * 3.0, slope(|x| f(x, 3.0), 2.0));
    println!("slope to y, x^2 = {:.0}, by a nudge {:.4}", 2.0 * 2.0, slope(|y| f(2.0, y), 3.0));

    label("vectors");
    let (a, b) = ([3.0, 4.0], [1.0, -2.0]);
    println!("(3, 4) + (1, -2) = ({}, {})", a[0] + b[0], a[1] + b[1]);
    println!("2 * (3, 4) = ({}, {})", 2.0 * a[0], 2.0 * a[1]);
    println!("length of (3, 4): root of 3 * 3 + 4 * 4 = root of {} = {}", dot(&a, &a), length(&a));
    println!("(3, 4) / 5 = ({}, {}), length {:.0}", a[0] / 5.0, a[1] / 5.0, length(&[0.6, 0.8]));
    println!("length of 16 numbers, all 1: root of 16 = {}", length(&[1.0; 16]));

    label("dot products");
    let (a, b, c) = ([2.0, 1.0], [1.0, 3.0], [-1.0, 2.0]);
    println!("(2, 1) and (1, 3):    2 * 1 + 1 * 3 = {}", dot(&a, &b));
    println!("(2, 1) and (-1, 2):   2 * (-1) + 1 * 2 = {}", dot(&a, &c));
    println!("(2, 1) and (-1, -3):  2 * (-1) + 1 * (-3) = {}", dot(&a, &[-1.0, -3.0]));
    println!("lengths of (2, 1) and (1, 3): root of 5 and root of 10");
    println!("their product: root of 5 * 10 = root of 50 = {:.4}", length(&a) * length(&b));
    println!("5 / 7.0711 = {:.4}", dot(&a, &b) / (length(&a) * length(&b)));
    println!("cosine of 45 degrees: {:.4}", cosine(45.0));

    label("a quarter turn");
    let turn = [[0.0, -1.0], [1.0, 0.0]];
    println!("rows (0, -1) and (1, 0), vector (2, 1)");
    println!("first output:  0 * 2 + (-1) * 1 = {}", dot(&turn[0], &a));
    println!("second output: 1 * 2 + 0 * 1 = {}", dot(&turn[1], &a));

    label("three rows and two columns");
    let rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    println!("rows (1, 2), (3, 4) and (5, 6), vector (2, 1)");
    println!("row by row: {}", join(rows.map(|row| dot(&row, &a)), ", "));
    let columns = rows.map(|row| 2.0 * row[0] + row[1]);
    println!("column by column: 2 * (1, 3, 5) + 1 * (2, 4, 6) = ({})", join(columns, ", "));
    println!("numbers in it: 3 * 2 = {}", 3 * 2);

    label("probabilities of beginnings");
    let begins = |with: &str| docs.iter().filter(|name| name.starts_with(with)).count();
    let (all, with_a, with_an) = (docs.len(), begins("a"), begins("an"));
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    let p = share(with_a, all);
    println!("names: {all}, of these beginning with a: {with_a}, with an: {with_an}");
    println!("begins with a: {with_a} / {all} = {p:.4}");
    println!("n follows, if a was first: {with_an} / {with_a} = {:.4}", share(with_an, with_a));
    println!("begins with an: {with_an} / {all} = {:.4}", share(with_an, all));
    println!("one after the other: {p:.4} * {:.4} = {:.4}", share(with_an, with_a), share(with_an, all));
    println!("begins with b: {} / {all} = {:.4}", begins("b"), share(begins("b"), all));
    println!("a or b: {p:.4} + {:.4} = {:.4}", share(begins("b"), all), share(with_a + begins("b"), all));
    println!("not a: 1 - {p:.4} = {:.4}", 1.0 - p);
    println!("no a in two draws: 0.9095 * 0.9095 = {:.4}", (1.0 - p).powi(2));
    println!("an a at least once in two draws: 1 - 0.8272 = {:.4}", 1.0 - (1.0 - p).powi(2));
    println!("expected in 1,000 draws: 1,000 * {p:.4} = {:.1}", 1000.0 * p);

    label("question powers");
    println!("2 ** 7 * 2 ** -4 = 2 ** 3 = {}", f64::powi(2.0, 7) * f64::powi(2.0, -4));
    println!("powers of 16: 16 ** 0.5 = {}, 16 ** -0.5 = {}", f64::sqrt(16.0), f64::powf(16.0, -0.5));
    println!("(-2) ** 2 = {}, -2 ** 2 = {}", f64::powi(-2.0, 2), -f64::powi(2.0, 2));

    label("question a loss");
    println!("-ln (1/9) = 2 * ln 3 = 2 * {:.4} = {:.4}", f64::ln(3.0), -f64::ln(1.0 / 9.0));

    label("question four numbers");
    let four = [2.0, 4.0, 4.0, 6.0];
    println!("2, 4, 4, 6: mean {}, variance {}", mean(&four), std(&four).powi(2).round());
    println!("standard deviation: root of 2 = {:.4}", std(&four));
    let tens = four.map(|x| 10.0 * x);
    println!("ten times the numbers: mean {}, standard deviation {:.4}", mean(&tens), std(&tens));

    label("question draws");
    println!("0.04 / 0.02 = {} standard deviations", 0.04 / 0.02);
    println!("farther than 2 standard deviations: 1 - {:.3} = {:.3}", area(2.0), 1.0 - area(2.0));
    let draws: Vec<f64> = untrained.params.as_slice().iter().copied().filter(|&p| p != 0.0).collect();
    println!("expected among {} draws: {} * 0.046 ≈ {:.0}", draws.len(), draws.len(), 2784.0 * 0.046);
    println!("counted in the starting values: {}", draws.iter().filter(|draw| draw.abs() > 0.04).count());

    label("question a mean of losses");
    println!("0.4 / root of 100 = 0.4 / 10 = {}", 0.4 / 10.0);

    label("question the schedule");
    let degrees = 180.0 * 125.0 / 500.0;
    println!("pi * 125 / 500 is pi / 4, which is {degrees} degrees");
    println!("0.5 * (1 + cos(pi * 125 / 500)) = 0.5 * (1 + 0.7071) = {:.4}", 0.5 * (1.0 + cosine(degrees)));
    println!(
        "share of the learning rate after a quarter of the training: {:.2}",
        0.5 * (1.0 + cosine(degrees))
    );

    label("question a slope");
    let derivative = |x: f64| 2.0 * x + 3.0;
    println!("derivative of x^2 + 3 x: 2 x + 3, at -1: 2 * (-1) + 3 = {}", derivative(-1.0));
    println!("by a nudge at -1: {:.4}", slope(|x| x * x + 3.0 * x, -1.0));
    println!("it is 0 at -1.5: 2 * (-1.5) + 3 = {}", derivative(-1.5));

    label("question vectors");
    let (a, b) = ([2.0, -1.0, 2.0], [1.0, 4.0, 1.0]);
    println!("length of (2, -1, 2): root of 4 + 1 + 4 = root of 9 = {}", length(&a));
    println!("dot product: 2 * 1 + (-1) * 4 + 2 * 1 = {}", dot(&a, &b));

    label("question a matrix");
    let rows = [[1.0, -1.0], [2.0, 0.0], [0.0, 3.0]];
    println!(
        "rows (1, -1), (2, 0), (0, 3), vector (4, 1): {}",
        join(rows.map(|row| dot(&row, &[4.0, 1.0])), ", ")
    );

    label("question five positions");
    let wrong = 0.1;
    println!("wrong at one position: {wrong}, right: 1 - {wrong} = {}", 1.0 - wrong);
    println!("right at all five: 0.9 ** 5 = {:.4}", f64::powi(0.9, 5));
    println!("wrong at least once: 1 - 0.5905 = {:.4}", 1.0 - f64::powi(0.9, 5));
    Ok(())
}

/// The cosine of an angle in degrees. That of 90 is not quite 0 in the computer; it is printed as 0.
fn cosine(degrees: f64) -> f64 {
    let cosine = (degrees * PI / 180.0).cos();
    if cosine.abs() < 1e-12 { 0.0 } else { cosine }
}

/// The area under the bell curve from -k to k, as a share of the whole, added up from narrow strips.
fn area(k: f64) -> f64 {
    let width = 1e-4;
    let strips = (2.0 * k / width).round() as usize;
    let heights = (0..strips).map(|i| -k + (i as f64 + 0.5) * width).map(|z| f64::exp(-z * z / 2.0));
    heights.sum::<f64>() * width / (2.0 * PI).sqrt()
}

/// The slope of a function, by a nudge up and down.
fn slope(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    (f(x + 1e-4) - f(x - 1e-4)) / 2e-4
}

/// A row of the table of derivatives.
fn slope_of(name: &str, f: impl Fn(f64) -> f64, derivative: &str, exact: impl Fn(f64) -> f64) {
    println!("{name:9} {:<8.4} {derivative:11} {:8.4} {:12.4}", f(2.0), exact(2.0), slope(f, 2.0));
}

fn row(numbers: &[f64], digits: usize) -> String {
    numbers.iter().map(|number| format!("{number:6.digits$}")).collect()
}
