"""Variants of non-maximum suppression."""
import numpy as np

F, I = "FLOAT32", "INT32"
BOXES = np.array([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]], np.float32)
SCORES = np.array([0.9, 0.75, 0.6, 0.95, 0.5, 0.3], np.float32)


def suppression(case, boxes, scores, most, overlap, score, sigma=None, constant=True):
    """Version 5 where there is a sigma."""
    settings = [np.array(most, np.int32), np.array(overlap, np.float32), np.array(score, np.float32)]
    outputs = [((most,), I), ((), I)]
    if sigma is not None:
        settings.append(np.array(sigma, np.float32))
        outputs.insert(1, ((most,), F))
    given = settings if constant else [(x.shape, I if x.dtype == np.int32 else F) for x in settings]
    values = [boxes, scores] + ([] if constant else settings)
    return case(f"NonMaxSuppressionV{4 if sigma is None else 5}", [(boxes.shape, F), (scores.shape, F)] + given, outputs, values=values)


def variants(case):
    edges = [
        (BOXES[:, [2, 3, 0, 1]].copy(), SCORES),  # corners the other way round
        (BOXES[:, [0, 1, 0, 3]].copy(), SCORES),  # no area
        (BOXES, np.full(6, 0.5, np.float32)),
        (BOXES, np.array([0.9, np.nan, 0.6, np.inf, 0.5, -np.inf], np.float32)),
        (np.zeros((0, 4), np.float32), np.zeros(0, np.float32)),
    ]
    for sigma in (None, 0.0, 0.5):
        for most, overlap, score in ((3, 0.5, 0.0), (6, 0.5, 0.4), (30, 0.5, 0.0), (0, 0.5, 0.0), (2, 1.0, 0.0), (6, 0.0, 0.0), (6, -1.0, 0.0),
                                     (6, 2.0, 0.0), (6, 0.5, -1e9), (4, 1.0, 0.45)):
            yield suppression(case, BOXES, SCORES, most, overlap, score, sigma)
        for boxes, scores in edges:
            yield suppression(case, boxes, scores, 6, 0.5, 0.0, sigma)
        yield suppression(case, BOXES, SCORES, 4, 0.5, 0.0, sigma, constant=False)
        # Scores of a few values: which of equal ones comes first.
        random = np.random.default_rng(5)
        for count in (2, 3, 5, 8, 13, 21, 40):
            boxes = np.round(random.uniform(0, 4, (count, 4)), 1).astype(np.float32)
            scores = (random.integers(0, 4, count) / 4).astype(np.float32)
            yield suppression(case, boxes, scores, 20, 0.3, 0.0, sigma)
            yield suppression(case, boxes, scores, 20, 1.0, -1.0, sigma)
