use truth::*;
fn main() {
    let t = std::time::Instant::now();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let course = Course::load(root).unwrap();
    println!("load {:?}", t.elapsed());
    let only = std::env::args().nth(1);
    for (name, check) in [
        ("quotes", quotes::check as fn(&Course) -> Report),
        ("coverage", coverage::check),
        ("transcripts", transcripts::check),
        ("numbers", numbers::check),
        ("terms", terms::check),
        ("links", links::check),
        ("shape", shape::check),
    ] {
        if only.as_ref().is_some_and(|o| o != name) {
            continue;
        }
        let t = std::time::Instant::now();
        let r = check(&course);
        println!("=== {name} {:?}\n{r}", t.elapsed());
        for n in r.notes {
            println!("note: {n}");
        }
    }
}
