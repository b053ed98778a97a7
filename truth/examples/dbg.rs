//! dev
use truth::*;
fn main() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let course = Course::load(root).unwrap();
    let page = &course.pages[&std::env::args().nth(1).unwrap()];
    let n = &number::scan(&std::env::args().nth(2).unwrap(), number::Syntax::Text)[0];
    let s = sources::Sources::new(&course, page);
    for s in s.of(None) { if s.shows(n, false, 0).is_some() { println!("{} {} {:?}", s.place, s.text, s.names); } }
}
