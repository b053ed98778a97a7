//! Parameters by their names, and the names of parameters by their places.

use std::ops::Range;

use super::Parameters;

/// A matrix among the [`Parameters`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix<'p> {
    /// Its name in the state dict, such as `layer0.attn_wq`.
    pub name: &'p str,
    /// How many rows: one for each output.
    pub rows: usize,
    /// How many columns: one for each input.
    pub cols: usize,
    /// Its numbers, row by row.
    pub data: &'p [f64],
}

impl<'p> Matrix<'p> {
    /// The numbers of one row.
    ///
    /// # Panics
    ///
    /// If the matrix has no such row.
    pub fn row(&self, row: usize) -> &'p [f64] {
        &self.data[row * self.cols..][..self.cols]
    }
}

impl Parameters {
    /// The matrices, in order.
    pub fn matrices(&self) -> impl Iterator<Item = Matrix<'_>> {
        let mut rest = &self.data[..];
        self.shapes.iter().map(move |shape| {
            let (data, after) = rest.split_at(shape.rows * shape.cols);
            rest = after;
            Matrix { name: &shape.name, rows: shape.rows, cols: shape.cols, data }
        })
    }

    /// The matrix of this name, such as `wte` or `layer0.attn_wq`.
    pub fn get(&self, name: &str) -> Option<Matrix<'_>> {
        self.matrices().find(|matrix| matrix.name == name)
    }

    /// The numbers of the matrix of this name, row by row, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut [f64]> {
        let range = self.range_of(name)?;
        Some(&mut self.data[range])
    }

    /// The matrix of this name in another list with an entry per parameter, such as their gradients or Adam's
    /// `m`.
    ///
    /// # Panics
    ///
    /// If `list` has another length.
    pub fn get_in<'p>(&'p self, list: &'p [f64], name: &str) -> Option<Matrix<'p>> {
        assert!(list.len() == self.len(), "an entry for each parameter");
        let data = &list[self.range_of(name)?];
        Some(Matrix { data, ..self.get(name)? })
    }

    /// The places of a matrix's numbers among all parameters.
    pub fn range_of(&self, name: &str) -> Option<Range<usize>> {
        let mut end = 0;
        self.matrices().find_map(|matrix| {
            end += matrix.data.len();
            (matrix.name == name).then(|| end - matrix.data.len()..end)
        })
    }

    /// What the parameter at `index` is called, such as `layer0.attn_wq[3][5]`: its matrix, row and column.
    pub fn name_of(&self, index: usize) -> Option<String> {
        let mut start = 0;
        self.matrices().find_map(|matrix| {
            let place = index.checked_sub(start)?;
            start += matrix.data.len();
            (place < matrix.data.len())
                .then(|| format!("{}[{}][{}]", matrix.name, place / matrix.cols, place % matrix.cols))
        })
    }

    /// The place of a parameter among all, by its name as [`name_of`](Self::name_of) writes it.
    ///
    /// ```
    /// let params = microgpt::Program::untrained().params;
    /// assert_eq!(params.index_of("wte[1][3]"), Some(19));
    /// assert_eq!(params.name_of(19).as_deref(), Some("wte[1][3]"));
    /// assert_eq!(params.index_of("wte[1][16]"), None);
    /// ```
    pub fn index_of(&self, name: &str) -> Option<usize> {
        let (matrix, place) = name.split_once('[')?;
        let (row, col) = place.strip_suffix(']')?.split_once("][")?;
        let (row, col): (usize, usize) = (row.parse().ok()?, col.parse().ok()?);
        let Matrix { rows, cols, .. } = self.get(matrix)?;
        (row < rows && col < cols).then_some(self.range_of(matrix)?.start + row * cols + col)
    }
}
