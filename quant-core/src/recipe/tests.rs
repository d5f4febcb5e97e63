//! Models of recipes.
