//! dev
use truth::*;
fn main() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let course = Course::load(root).unwrap();
    let t = std::time::Instant::now();
    let h = plant::harvest(&course, 300);
    println!("{h}{:?} {:?}", h.total(|e| matches!(e, plant::Error::Digit(_))), t.elapsed());
}
