"""The scoring rule. Pure, in exact fractions."""
