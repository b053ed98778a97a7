//! The tokenizer (lines 23–27 and 156–158): a name, its token ids, and the predictions made of it.

use maud::{Markup, html};
use microgpt::Config;

use super::{count, encoded, token};
use crate::run::VOCABULARY;
use crate::{Control, Problem, State, View, Widget};

/// From a typed name to tokens; with `show=predictions` to BOS and targets too.
pub(super) struct Tokenizer;

impl Widget for Tokenizer {
    fn controls(&self) -> Vec<Control> {
        vec![
            Control::text("name", "Name", "anna", 24),
            Control::choice("show", "Show", &[("predictions", "predictions"), ("characters", "characters")])
                .hidden(),
        ]
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let name = state.text("name");
        let tokens = encoded(name)?;
        Ok(match state.text("show") {
            "characters" => characters(name, &tokens[1..tokens.len() - 1]),
            _ => predictions(name, &tokens),
        })
    }
}

/// The name as token ids and back, and the vocabulary they come from.
fn characters(name: &str, ids: &[usize]) -> View {
    let decoded = VOCABULARY.decode(ids).expect("what was encoded can be decoded");
    let list: Vec<String> = ids.iter().map(usize::to_string).collect();
    let list = format!("[{}]", list.join(", "));
    View {
        summary: format!("encode {name} → {list}, decode {list} → {decoded}"),
        figure: html! {
            (tokens("The name as tokens", ids, ids.len()))
            p class="caption" { "The vocabulary" }
            ol class="tokens vocabulary" aria-label="The characters of the vocabulary and their token ids" {
                @for (id, character) in VOCABULARY.uchars().iter().enumerate() {
                    li class=[ids.contains(&id).then_some("used")] { b { (character) } " " span { (id) } }
                }
            }
        },
        max: vec![],
    }
}

/// The name with BOS at both ends, and each prediction; those beyond the block marked.
fn predictions(name: &str, ids: &[usize]) -> View {
    let block_size = Config::default().block_size;
    let all = ids.len() - 1;
    let n = block_size.min(all);
    let mut summary = format!("{name}: {} tokens, {}", ids.len(), count(all, "prediction"));
    if n < all {
        summary += &format!(
            "; the block has {block_size} positions, so the last {} cut off",
            if all - n == 1 { "one is".to_owned() } else { format!("{} are", all - n) }
        );
    }
    summary += ".";
    View {
        summary,
        figure: html! {
            (tokens("The name as tokens, BOS at both ends", ids, n))
            div class="table-wrapper" {
                table {
                    caption { "Line 158: n = min(" (block_size) ", " (ids.len()) " − 1) = " (n) }
                    thead { tr {
                        th scope="col" { "position" }
                        th scope="col" { "token" } th scope="col" { "token id" }
                        th scope="col" { "target" } th scope="col" { "its token id" }
                        th scope="col" { "used" }
                    } }
                    tbody {
                        @for (position, pair) in ids.windows(2).enumerate() {
                            tr class=[(position >= n).then_some("cut")] {
                                th scope="row" { (position) }
                                td { (token(pair[0])) } td { (pair[0]) }
                                td { (token(pair[1])) } td { (pair[1]) }
                                td { (if position < n { "yes" } else { "no" }) }
                            }
                        }
                    }
                }
            }
        },
        max: vec![],
    }
}

/// A row of tokens, each above its id; those of no use to the model as inputs marked.
fn tokens(label: &str, ids: &[usize], used: usize) -> Markup {
    html! {
        ol class="tokens" aria-label=(label) {
            @for (place, &id) in ids.iter().enumerate() {
                li class=[(place > used).then_some("cut")] { b { (token(id)) } " " span { (id) } }
            }
        }
    }
}
