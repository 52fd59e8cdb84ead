"""Skirts that hang: rings around a posed body, each as wide as what is under it or as the cloth above lets it fall."""

import numpy as np

from body import Mesh

AROUND = 144  # vertices of a ring
STEP = 0.2  # dm between rings
GAP = 0.08  # dm of air between body and cloth


def reach(points, around):
    """How far from the origin the convex hull of 2-D points goes in each direction: less where a chord cuts it."""
    way = np.stack([np.cos(around), np.sin(around)], 1)
    support = (points @ way.T).max(0)
    # A point at distance r in direction w is inside while r * (w . u) <= support(u) for all u.
    c = np.maximum(way @ way.T, 1e-6)
    return np.where(c > 0.05, support[None] / c, np.inf).min(1)


def skirt(lower, top, hem, flare, folds=(0, 0.0), ease=0.0, taper=0.0):
    """lower: (n, 3) vertices of hips and legs, posed; from height `top` to `hem` (dm). flare: dm outwards by dm of fall; folds: how many
    waves and how deep (share of the flare); ease: dm of air at the hips; taper: dm inwards by dm of fall that straight cloth may take."""
    around = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    levels = np.arange(top, hem - 1e-6, -STEP)
    band = np.abs(lower[:, 1] - top) < 0.4
    middle = (lower[band].min(0) + lower[band].max(0))[[0, 2]] / 2
    rng = np.random.default_rng(int(folds[0] * 7 + 3))
    count, depth = folds
    wave = np.zeros(AROUND)
    if count:
        drift = np.cumsum(rng.normal(0, 0.03, AROUND))
        drift -= np.linspace(0, drift[-1], AROUND)
        wave = depth * np.sin(count * (around + drift) + 1.0)
    radius, rings, last = None, [], top
    for y in levels:
        near = np.abs(lower[:, 1] - y) < 0.3
        need = reach(lower[near][:, [0, 2]] - middle, around) + GAP if near.any() else np.zeros(AROUND)
        need += ease * min(1.0, (top - y) / 1.5)
        if radius is None:
            radius, base = need, need
        else:
            fall = last - y
            base = np.maximum(need, base + (flare - taper) * fall)
            radius = np.maximum(need, base + flare * wave * (top - y))
        last = y
        rings.append(np.stack([middle[0] + radius * np.cos(around), np.full(AROUND, y), middle[1] + radius * np.sin(around)], 1))
    at = np.concatenate(rings)
    j = np.arange(AROUND)
    k = (j + 1) % AROUND
    faces = np.concatenate([np.stack([i * AROUND + j, i * AROUND + k, (i + 1) * AROUND + k, (i + 1) * AROUND + j], 1)
                            for i in range(len(rings) - 1)])[:, ::-1]
    row, column = np.divmod(faces, AROUND)
    column = np.where((column == 0) & (column.max(1, keepdims=True) == AROUND - 1), AROUND, column)
    uv = np.stack([column / AROUND * 4, 1 - row * STEP / 2.6], -1)
    return Mesh(at, faces, uv, np.zeros((len(at), 4), int), np.zeros((len(at), 4)))
