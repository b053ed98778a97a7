//! Lesson 2.0, Why we need derivatives: what a small change of one parameter does to the loss.

mod common;

use common::{bar, label, nodes};
use microgpt::autograd::Operation;
use microgpt::{Program, Tape, loss, loss_and_gradients, loss_of};

fn main() {
    let program = Program::untrained();
    let params = &program.params;
    let tokens = program.tokenizer.encode_doc("anna").expect("letters of the data");
    let before = loss_of(&tokens, params);

    println!("--- anna and her loss ---");
    println!("tokens of anna: {tokens:?}");
    println!("parameters: {}", params.len());
    println!("loss before training: {before:.4}");
    println!("loss after training:  {:.4}", loss_of(&tokens, &Program::trained().params));

    label("x squared at 3");
    println!("nudge h   3 + h    its square   change     change / h");
    for h in [1.0, 0.1, 0.01, 0.001] {
        let square: f64 = (3.0 + h) * (3.0 + h);
        let change = square - 3.0 * 3.0;
        println!("{h:<9} {:<8} {square:<12.6} {change:<10.6} {:.3}", 3.0 + h, change / h);
    }

    label("x squared in general");
    println!("(3 + h)^2 = {} + {}h + h^2", 3 * 3, 2 * 3);
    println!("at 3: ((3 + h)^2 - 3^2) / h = {} + h", 2 * 3);
    println!("at x: ((x + h)^2 - x^2) / h = 2x + h");

    label("x squared elsewhere");
    println!("x     change / h for h = 0.001   2x");
    for x in [-2.0, -1.0, 0.0, 1.0, 3.0] {
        let slope = ((x + 0.001) * (x + 0.001) - x * x) / 0.001;
        println!("{x:<5} {slope:<26.3} {}", 2.0 * x);
    }

    label("simple functions");
    println!("the slope of 5 x at 3:       {:.3}", (5.0 * 3.001 - 5.0 * 3.0) / 0.001);
    println!("the slope of 5 x at -2:      {:.3}", (5.0 * -1.999 - 5.0 * -2.0) / 0.001);
    println!("the slope of 5 x + 7 at 3:   {:.3}", ((5.0 * 3.001 + 7.0) - (5.0 * 3.0 + 7.0)) / 0.001);

    label("one nudge");
    let after = loss_of(&tokens, &params.nudged(0, 0.001));
    println!("params[0]:            {:.6}", params.as_slice()[0]);
    println!("nudged by 0.001:      {:.6}", params.as_slice()[0] + 0.001);
    println!("loss before:          {before:.9}");
    println!("loss after:           {after:.9}");
    println!("change of the loss:   {:.9}", after - before);
    println!("change / nudge:       {:.4}", (after - before) / 0.001);

    label("the loss around a parameter");
    println!("each # stands for 0.001 above 3.25");
    println!("params[0]      loss");
    for step in -5..=5 {
        let nudge = 0.04 * f64::from(step);
        let after = loss_of(&tokens, &params.nudged(0, nudge));
        let bar = bar((after - 3.25) * 1000.0);
        println!("{:9.4}    {after:.4} {bar}", params.as_slice()[0] + nudge);
    }

    label("slopes of some parameters");
    for (index, what) in [(0, "a"), (1, "a"), (4, "a"), (208, "n"), (400, "z")] {
        let slope = (loss_of(&tokens, &params.nudged(index, 0.001)) - before) / 0.001;
        println!("params[{index}], letter {what}: {slope:.4}");
    }
    println!("first parameter of n: 13 * 16 = {}", 13 * 16);
    println!("first parameter of z: 25 * 16 = {}", 25 * 16);

    label("one step down");
    let lowered = loss_of(&tokens, &params.nudged(0, -0.001));
    println!("params[0] lowered by 0.001:  {lowered:.4}, a change of {:.6}", lowered - before);
    // How they are found is the subject of lessons 2.1 to 2.4
    let (_, exact) = loss_and_gradients(&tokens, params);
    let mut all = params.clone();
    for (parameter, slope) in all.as_mut_slice().iter_mut().zip(&exact) {
        if *slope != 0.0 {
            *parameter -= 0.001 * slope.signum();
        }
    }
    let lowered = loss_of(&tokens, &all);
    println!("every parameter by 0.001 against its slope: {lowered:.4}, a change of {:.4}", lowered - before);

    label("shrinking nudge");
    println!("1e-3 is short for 0.001");
    println!("exact slope: {:.8}", exact[0]);
    println!("nudge  loss after          change / nudge  error");
    for power in 1..=14 {
        let h = 10f64.powi(-power);
        let after = loss_of(&tokens, &params.nudged(0, h));
        let slope = (after - before) / h;
        println!("1e-{power:<3} {after:<18}  {slope:.8}      {:.0e}", (slope - exact[0]).abs());
    }

    label("the last digit");
    println!("the loss:              {before:?}");
    println!("the next number:       {:?}", before.next_up());
    println!("the gap between them:  {:.1e}", before.next_up() - before);
    println!("nudge of 1e-14, change by the slope:  {:.1e}", exact[0] * 1e-14);
    println!(
        "nudge of 1e-14, change that is found: {:.1e}",
        loss_of(&tokens, &params.nudged(0, 1e-14)) - before
    );

    label("from both sides");
    println!(
        "x squared at 3, from 2.9 to 3.1: ({:.2} - {:.2}) / 0.2 = {:.3}",
        3.1 * 3.1,
        2.9 * 2.9,
        (3.1 * 3.1 - 2.9 * 2.9) / 0.2
    );
    let (up, down) = (loss_of(&tokens, &params.nudged(0, 1e-5)), loss_of(&tokens, &params.nudged(0, -1e-5)));
    println!("loss before:                 {before}");
    println!("loss after a nudge of +1e-5: {up}");
    println!("loss after a nudge of -1e-5: {down}");
    println!(
        "one side:   {:.10}, error {:.0e}",
        (up - before) / 1e-5,
        ((up - before) / 1e-5 - exact[0]).abs()
    );
    println!("both sides: {:.10}, error {:.0e}", (up - down) / 2e-5, ((up - down) / 2e-5 - exact[0]).abs());
    println!("exact:      {:.10}", exact[0]);

    label("cost");
    let tape = Tape::new();
    loss(&tokens, &params.on(&tape));
    let count = |operation| nodes(&tape).filter(|node| node.operation() == operation).count();
    let (additions, multiplications) = (count(Operation::Add), count(Operation::Mul));
    let others = tape.len() - count(Operation::Leaf) - additions - multiplications;
    let operations = additions + multiplications + others;
    println!("one loss of anna");
    println!("  additions:             {additions:>11}");
    println!("  multiplications:       {multiplications:>11}");
    println!("  other operations:      {others:>11}");
    println!("  all operations:        {operations:>11}");
    let losses = params.len() + 1;
    println!("all slopes by nudges");
    println!("  losses to compute:     {losses:>11}");
    println!("  all operations:        {:>11}", losses * operations);
    let inputs: usize = nodes(&tape).map(|node| node.children().count()).sum();
    let at_once = operations + 2 * inputs;
    println!("all slopes by the method of this module");
    println!("  losses to compute:     {:>11}", 1);
    println!("  inputs of operations:  {inputs:>11}");
    println!("  2 operations for each: {:>11}", 2 * inputs);
    println!("  all operations:        {at_once:>11}");
    println!(
        "by nudges / by the method of this module: {:.0}",
        (losses * operations) as f64 / at_once as f64
    );
    println!("losses for 500 steps by nudges: 500 * {losses} = {}", 500 * losses);

    label("nudges that stay");
    let mut nudged = params.clone();
    for index in [0, 1] {
        nudged.as_mut_slice()[index] += 0.001;
        let kept = (loss_of(&tokens, &nudged) - before) / 0.001;
        let taken_back = (loss_of(&tokens, &params.nudged(index, 0.001)) - before) / 0.001;
        println!("params[{index}]: nudge before kept {kept:.4}, taken back {taken_back:.4}");
    }

    label("a nudge that is lost");
    let after = loss_of(&tokens, &params.nudged(0, 1e-16));
    println!("nudge: {:e}", 1e-16);
    println!("params[0] changes:  {}", params.as_slice()[0] + 1e-16 != params.as_slice()[0]);
    println!("loss changes:       {}", after != before);
    println!("change / nudge:     {}", (after - before) / 1e-16);

    label("question x squared");
    let change: f64 = 1.99 * 1.99 - 2.0 * 2.0;
    println!("at -2:           {}", 2 * 2);
    println!("at -1.99:        {:.4}", 1.99 * 1.99);
    println!("change:          {change:.4}");
    println!("change / nudge:  {change:.4} / 0.01 = {:.2}", change / 0.01);
    println!("exact:           2 * -2 = {}", 2 * -2);

    label("question a larger nudge");
    println!("slope times change:  {:.4} * 0.002 = {:.6}", exact[0], exact[0] * 0.002);
    println!("the real change:     {:.6}", loss_of(&tokens, &params.nudged(0, 0.002)) - before);

    label("question both sides");
    println!("losses: 2 * {} = {}", params.len(), 2 * params.len());
}
