mod importance;
mod operators;
mod quadratic;
mod ratio_evolution;
mod search;
