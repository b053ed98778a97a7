//! The cover: the program as the strip of bars that is its map, as a picture.

use anyhow::{Context, Result, ensure};
use png::{BitDepth, ColorType, Encoder};
use regex::Regex;
use scraper::{ElementRef, Html};

use crate::contents::selector;

/// The size in pixels; reading systems ask for this shape.
pub const SIZE: (usize, usize) = (1200, 1600);
/// Between the picture's edge and the bars.
const MARGIN: usize = 120;
/// How thick a bar is, of the height of its line.
const THICK: f64 = 0.55;
/// Paper and ink: red, green and blue.
const PALETTE: [[u8; 3]; 2] = [[0xfd, 0xfc, 0xfa], [0x0a, 0x65, 0x70]];

/// The map of a page, in SVG: the size that it is drawn in, and its bars, by left end, line and length.
pub struct Strip {
    width: usize,
    height: usize,
    bars: Vec<[usize; 3]>,
}

impl Strip {
    /// Reads the map of a page.
    ///
    /// # Errors
    ///
    /// When it has none.
    pub fn of(page: &Html) -> Result<Strip> {
        let svg = page.select(&selector("nav.map svg")).next().context("the first page has no map")?;
        let numbers = |text: &str| text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let size: Vec<usize> = numbers(svg.attr("viewBox").unwrap_or_default());
        let [_, _, width, height] = size[..] else { return None.context("the map has no size") };
        let bar = Regex::new(r"M(\d+) (\d+)h(\d+)")?;
        let paths = selector("path.bars");
        let drawn = svg.select(&paths).filter_map(|path: ElementRef| path.attr("d"));
        let bars = drawn.flat_map(|path| {
            bar.captures_iter(path).map(|found| [1, 2, 3].map(|at| found[at].parse().unwrap_or_default()))
        });
        let bars: Vec<[usize; 3]> = bars.collect();
        ensure!(!bars.is_empty(), "the map has no bars");
        Ok(Strip { width, height, bars })
    }

    /// The picture.
    ///
    /// # Errors
    ///
    /// When it cannot be coded.
    pub fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = SIZE;
        let scale = [
            (width - 2 * MARGIN) as f64 / self.width as f64,
            (height - 2 * MARGIN) as f64 / self.height as f64,
        ];
        let mut pixels = vec![0_u8; width * height];
        for &[left, line, length] in &self.bars {
            let x = MARGIN as f64 + left as f64 * scale[0];
            let y = MARGIN as f64 + line as f64 * scale[1];
            let half = THICK * scale[1];
            for row in (y - half).round() as usize..(y + half).round() as usize {
                let from = row * width + x.round() as usize;
                pixels[from..from + (length as f64 * scale[0]).round() as usize].fill(1);
            }
        }
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, width as u32, height as u32);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_palette(PALETTE.concat());
        encoder.write_header()?.write_image_data(&pixels)?;
        Ok(bytes)
    }
}
