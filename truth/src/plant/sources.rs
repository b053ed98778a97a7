//! Errors planted in copies of the sources of examples, with what such an example would print: another digit in a
//! number of a string, and a number in a string where a computed one stood.
//!
//! One is caught when the check of the strings finds it. What is compared with transcripts finds it besides, but
//! only until they are written anew.

use std::ops::Range;

use crate::judge::literals::{self, HOLE, Sources, Template};
use crate::plant::harvest::{Error, Harvest, Plant, Random};
use crate::read::course::Course;
use crate::read::transcript::Transcript;

/// How an example and its transcript change.
#[derive(Debug)]
pub struct Change {
    example: String,
    /// The string, and what stands in its place.
    string: (Range<usize>, String),
    /// In the transcript, from the beginning to the end.
    printed: Vec<(Range<usize>, String)>,
}

/// Plants every result typed, and at most so many errors of each other kind, picked by the seed; counts what is caught.
pub fn harvest(course: &Course, sources: &Sources, most: usize, seed: u64) -> Harvest {
    let mut random = Random(seed);
    let mut plants = Vec::new();
    for (name, source) in sources {
        let Some(transcript) = course.transcripts.get(name) else { continue };
        for template in Template::of(source) {
            digits(name, &transcript.text, &template, &mut random, &mut plants);
            typed(name, &transcript.text, &template, &mut plants);
        }
    }
    let (mut plants, mut others): (Vec<_>, Vec<_>) =
        plants.into_iter().partition(|plant| plant.error == Error::TypedResult);
    random.sample(&mut others, most);
    plants.append(&mut others);
    Harvest::of(course, &plants, |course, plant| {
        let Change { example, string: (range, new), printed } = &plant.change;
        let mut source = sources[example].clone();
        source.replace_range(range.clone(), new);
        let mut text = course.transcripts[example].text.clone();
        for (range, new) in printed.iter().rev() {
            text.replace_range(range.clone(), new);
        }
        let changed = Transcript::parse(example, text);
        let unequal = literals::check_equations(&changed).1;
        let old = course.transcripts.insert(example.clone(), changed);
        let texts = literals::strings(course, example, &source);
        course.transcripts.extend(old.map(|old| (example.clone(), old)));
        !unequal.is_empty() || texts.iter().any(|text| text.problems(example).next().is_some())
    })
}

/// The plant that writes `new` for a part of a line of a string.
fn plant(
    error: Error,
    name: &str,
    template: &Template,
    part: Range<usize>,
    new: &str,
    printed: Vec<(Range<usize>, String)>,
) -> Plant<Change> {
    let mut lines: Vec<String> = template.literal.value.split('\n').map(str::to_string).collect();
    let line = &mut lines[template.line];
    let what = format!("\"{line}\": {} -> {new}", &line[part.clone()]);
    line.replace_range(part, new);
    let string = (template.literal.range.clone(), format!("{:?}", lines.join("\n")));
    let (file, line) = (format!("examples/{name}.rs"), template.literal.line);
    Plant { error, file, line, what, change: Change { example: name.to_string(), string, printed } }
}

/// Each digit of each checked number of more than one, changed into another one.
fn digits(
    name: &str,
    transcript: &str,
    template: &Template,
    random: &mut Random,
    plants: &mut Vec<Plant<Change>>,
) {
    let written = template.literal.value.split('\n').nth(template.line).unwrap_or_default();
    let places = Template::places(&template.literal, written);
    let is_digit = |text: &str, at: usize| text.as_bytes()[at].is_ascii_digit();
    let in_place = |at: usize| places.iter().any(|(place, _)| place.contains(&at));
    // The text has the same digits as what was written, apart from those in places for values.
    let in_written = (0..written.len()).filter(|&at| is_digit(written, at) && !in_place(at));
    let in_text = (0..template.text.len()).filter(|&at| is_digit(&template.text, at));
    for (at, text_at) in in_written.zip(in_text) {
        let number = template.numbers().into_iter().find(|number| number.digits.contains(&text_at));
        if number.is_none_or(|number| number.digits.len() == 1) {
            continue;
        }
        let new = random.digit(written.as_bytes()[at]);
        let mut printed = Vec::new();
        for (start, line) in lines(transcript) {
            if let Some(found) = template.find(line) {
                let place = start + template.place(&found, text_at);
                printed.push((place..place + 1, new.clone()));
            }
        }
        plants.push(plant(Error::Literal, name, template, at..at + 1, &new, printed));
    }
}

/// Each value with a number of more than one digit, and each result with a number, typed as it was printed first.
fn typed(name: &str, transcript: &str, template: &Template, plants: &mut Vec<Plant<Change>>) {
    let written = template.literal.value.split('\n').nth(template.line).unwrap_or_default();
    let places = Template::places(&template.literal, written).into_iter().filter(|(_, sign)| *sign == HOLE);
    for (index, (place, _)) in places.enumerate() {
        let mut values = lines(transcript).filter_map(|(start, line)| {
            let value = template.find(line)?[index + 1].clone();
            Some((start + value.start..start + value.end, &line[value]))
        });
        let Some((_, first)) = values.next() else { continue };
        // Results stand behind a colon, an arrow or the equals sign of an equation, up to the end of the line.
        let (hole, _) = template.text.match_indices(HOLE).nth(index).unwrap_or_default();
        let value = |c: char| c == HOLE || c.is_ascii_digit() || " .,-%[]()".contains(c);
        let before = template.text[..hole].trim_end_matches(value);
        let sides = before.strip_suffix(['=', '≈']).and_then(|sides| sides.rsplit(',').next());
        let equation = sides.is_some_and(|sides| {
            sides.contains(|c: char| "=≈".contains(c) || c == HOLE || c.is_ascii_digit())
        });
        let ends = template.text[hole..].chars().chain(first.chars()).all(value);
        let colon = before.ends_with(':') && template.text[before.len()..].starts_with(' ');
        let result = ends && (equation || colon || before.ends_with("->"));
        let digits = first.chars().filter(char::is_ascii_digit).count();
        if digits == 0 || digits == 1 && !result {
            continue;
        }
        let printed = values.map(|(range, _)| (range, first.to_string())).collect();
        let error = if result { Error::TypedResult } else { Error::TypedValue };
        let new = first.replace('{', "{{").replace('}', "}}");
        plants.push(plant(error, name, template, place, &new, printed));
    }
}

/// The lines of a text, each with its place.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        start += line.len();
        (start - line.len(), line.trim_end_matches('\n'))
    })
}
