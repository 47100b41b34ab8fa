"""The pages of the ladder: map, levels, competencies, tracks, ways, titles, questions."""
