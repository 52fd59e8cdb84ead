"""A garment from a mannequin, laid flat: as wide everywhere as half of what goes around."""

import numpy as np

THIN = 0.12  # what is left of its depth
BAND = 0.22  # dm above and below that a section is measured in
STEP = 0.2  # dm between sections
SPREAD = 0.06  # dm a dm: how fast legs may go farther out than hips
SLEEVE = 1.45  # flat width of a sleeve over the width that is seen


def half_around(points):
    """Half of the convex hull's length, of 2-D points (Cauchy's formula)."""
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    return np.pi * (points @ np.stack([np.cos(angles), np.sin(angles)])).max(0).mean()


def sections(at, levels):
    """By level: left, right, and the flat width; empty levels as their neighbors."""
    out = np.full((len(levels), 3), np.nan)
    for i, y in enumerate(levels):
        near = at[np.abs(at[:, 1] - y) < BAND]
        if len(near) > 5:
            out[i] = near[:, 0].min(), near[:, 0].max(), half_around(near[:, [0, 2]])
    known = ~np.isnan(out[:, 0])
    for k in range(3):
        out[:, k] = np.interp(levels, levels[known], out[known, k])
        out[:, k] = np.convolve(np.pad(out[:, k], 1, "edge"), [0.25, 0.5, 0.25], "valid")
    return out


def lay_flat(mesh, arm, elbows, crotch=None):
    """Moves the vertices. arm: (n,) how far each follows an arm; elbows: by side +1 and -1, two points of the arm's axis; crotch: height
    at which legs part, of what has legs."""
    at = mesh.at.copy()
    levels = np.arange(at[:, 1].min() - STEP, at[:, 1].max() + 2 * STEP, STEP)
    body = arm < 0.5
    trunk = body if crotch is None else body & (at[:, 1] > crotch)
    read = lambda table, k, y: np.interp(y, levels, table[:, k])
    y = at[:, 1]
    out = at.copy()
    table = sections(at[trunk], levels)
    left, right = read(table, 0, y), read(table, 1, y)
    middle = (left + right) / 2
    out[:, 0] = middle + (at[:, 0] - middle) * read(table, 2, y) / np.maximum(right - left, 0.1)
    if crotch is not None:
        hips = read(table, 2, crotch + 0.5) / 2
        for side in (1, -1):
            of_leg = body & (np.sign(at[:, 0]) == side) & (y < crotch)
            table = sections(at[of_leg] * [side, 1, 1], levels)
            inner, outer, wide = (read(table, k, y) for k in range(3))
            inner = np.maximum(inner, 0.04)
            # The crotch folds: side seams go on as the hips have them, and out to the hem where that is wider.
            wide = np.minimum(wide, hips + SPREAD * np.maximum(crotch - y, 0) - inner)
            x = inner + (side * at[:, 0] - inner) / np.maximum(outer - inner, 0.1) * wide
            share = np.clip((crotch - y) / 0.9 + 0.5, 0, 1) * (np.sign(at[:, 0]) == side)
            share = share * share * (3 - 2 * share)
            out[:, 0] += share * (side * x - out[:, 0])
    for side, (start, end) in elbows.items():
        along = (end - start)[:2] / np.linalg.norm((end - start)[:2])
        normal = np.array([-along[1], along[0]])
        off = (at[:, :2] - start[:2]) @ normal
        here = (np.sign(at[:, 0]) == side) * arm
        out[:, :2] += here[:, None] * (at[:, :2] + (SLEEVE - 1) * off[:, None] * normal - out[:, :2])
    out[:, 2] *= THIN
    mesh.at = out
