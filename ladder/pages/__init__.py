"""The public pages of the ladder: map, levels, competencies, tracks, paths, titles, questions."""
