"""The one front door: what a public function is given becomes arrays here, is matched by its labels, or is refused by name.

``numbers`` turns values into floats, ``containers`` reads numpy, scipy, pandas, polars, Arrow, xarray and plain Python,
``labels`` matches what carries an index, ``scalars`` checks numbers, counts, options, flags and seeds.

Labels beat positions, in every function alike:

- two inputs that both carry an index must hold the same labels: in the same order they are taken as they are, in another
  order the later one is brought into the order of the first (labels that repeat cannot be matched, and are refused unless
  the indexes are identical), and otherwise the first label that differs is named;
- what carries no labels (numpy, lists, polars, Arrow) goes by position, in the order of the first input.

The first input is the data frame of a formula, the columns of a regression, the series or exposure of a test.
"""
