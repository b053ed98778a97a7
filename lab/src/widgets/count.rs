//! How many parameters a model has (lines 75–90), from its sizes.

use maud::html;
use microgpt::Config;
use microgpt::parameters::ConfigError;

use super::bare;
use crate::control::thousands;
use crate::run::VOCABULARY;
use crate::{Control, Problem, State, View, Widget, heat};

/// The matrices of a model of any sizes.
pub(super) struct Count;

impl Widget for Count {
    fn controls(&self) -> Vec<Control> {
        vec![
            Control::scale("n_embd", "n_embd", "16", &["4", "8", "16", "32", "64", "128"]),
            Control::scale("n_head", "n_head", "4", &["1", "2", "4", "8"]),
            Control::range("n_layer", "n_layer", 1, 1, 6),
            Control::scale("block_size", "block_size", "8", &["8", "16", "32"]),
        ]
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let config = Config {
            n_embd: state.number("n_embd"),
            n_head: state.number("n_head"),
            n_layer: state.number("n_layer"),
            block_size: state.number("block_size"),
        };
        let number = |config: Config| {
            let shapes = config.shapes(VOCABULARY.vocab_size())?;
            Ok((shapes.iter().map(|shape| shape.rows * shape.cols).sum::<usize>(), shapes))
        };
        let (all, shapes) = number(config)
            .map_err(|error: ConfigError| Problem::new("n_head", format_args!("No such model: {error}.")))?;
        let (usual, _) = number(Config::default()).expect("the sizes of microgpt.py make a model");
        // All layers have the same matrices.
        let rows = shapes
            .iter()
            .filter(|shape| !shape.name.starts_with("layer") || shape.name.starts_with("layer0."));
        Ok(View {
            summary: format!(
                "{} parameters, {} times those of microgpt.py; head_dim = {} // {} = {}.",
                thousands(all),
                heat::signed(all as f64 / usual as f64, 2),
                config.n_embd,
                config.n_head,
                config.head_dim(),
            ),
            figure: html! {
                div class="table-wrapper" {
                    table class="numbers" {
                        thead { tr {
                            th scope="col" { "matrix" } th scope="col" { "shape" }
                            th scope="col" { "parameters" } th scope="col" { "share" }
                        } }
                        tbody {
                            @for shape in rows {
                                @let many = if shape.name.starts_with("layer") { config.n_layer } else { 1 };
                                @let parameters = many * shape.rows * shape.cols;
                                @let share = parameters as f64 / all as f64;
                                tr {
                                    th scope="row" { (bare(&shape.name)) }
                                    td { @if many > 1 { (many) " of " } (shape.rows) " × " (shape.cols) }
                                    td { (thousands(parameters)) }
                                    (heat::cell(share, 1.0, &format!("{:.1} %", 100.0 * share)))
                                }
                            }
                            tr {
                                th scope="row" { "all" } td {}
                                td { b { (thousands(all)) } } td { "100.0 %" }
                            }
                        }
                    }
                }
            },
            max: vec![],
        })
    }
}
