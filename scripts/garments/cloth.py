"""Cloth on an unseen body: wraps a sewn pattern around it and lets it fall until it is at rest.

Position-based dynamics: small steps, each of which moves vertices until edges have the pattern's lengths, nothing is
inside the body, and front and back do not pass each other.
"""

import numpy as np

GAP = 0.006  # m between body and cloth
STEPS = 12  # in a frame of 1/60 s
GRAVITY = 3.0  # m/s^2: a third of the earth's, as each step's lengths are only nearly right and heavy cloth would stretch
DRAFT = 1.8  # m/s^2 of each of twenty waves of air


def loft(*sections):
    """A body part as level ellipses: (z, half width, half depth, x of the middle) from top to bottom."""
    z, a, b, x0 = np.array(sections, float)[::-1].T

    def value(p):
        at = [np.interp(p[..., 2], z, v) for v in (a, b, x0)]
        side = (np.hypot((p[..., 0] - at[2]) / at[0], p[..., 1] / at[1]) - 1) * np.minimum(at[0], at[1])
        return np.maximum(side, np.maximum(z[0] - p[..., 2], p[..., 2] - z[-1]))
    return value


def limb(start, end, r0, r1):
    """A body part as a cone with round ends."""
    start, axis = np.array(start, float), np.array(end, float) - start

    def value(p):
        t = np.clip(((p - start) * axis).sum(-1) / (axis * axis).sum(), 0, 1)
        return np.sqrt(((p - start - t[..., None] * axis) ** 2).sum(-1)) - (r0 + (r1 - r0) * t)
    return value


class Body:
    """Distance to the body's surface and its gradient, tabulated each centimeter around the garment."""

    CELL = 0.01

    def __init__(self, parts, flat):
        lo = np.array([flat[:, 0].min() - 0.1, -0.3, flat[:, 1].min() - 0.25])
        hi = np.array([flat[:, 0].max() + 0.1, 0.3, flat[:, 1].max() + 0.1])
        self.lo, self.size = lo, np.ceil((hi - lo) / self.CELL).astype(int) + 1
        axes = [l + self.CELL * np.arange(n) for l, n in zip(lo, self.size)]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
        value = parts[0](points)
        for part in parts[1:]:  # joined smoothly, within about 1 cm
            other = part(points)
            mix = np.clip(0.5 + (other - value) / 0.024, 0, 1)
            value = other + (value - other) * mix - 0.012 * mix * (1 - mix)
        self.axes, self.value = axes, value
        table = np.concatenate([value[..., None], np.stack(np.gradient(value, self.CELL), -1)], -1)
        self.table = table.reshape(-1, 4).astype(np.float32)

    def at(self, p):
        """(n, 4): distance and its gradient at the points, between the table's entries."""
        q = np.clip((p - self.lo) / self.CELL, 0, self.size - 1.001)
        cell = q.astype(int)
        f = (q - cell).astype(np.float32)
        stride = np.array([self.size[1] * self.size[2], self.size[2], 1])
        first = (cell * stride).sum(1)
        out = np.zeros((len(p), 4), np.float32)
        for corner in range(8):
            bit = np.array([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
            weight = np.where(bit, f, 1 - f).prod(1)
            out += self.table[first + (bit * stride).sum()] * weight[:, None]
        return out

    def surface(self, flat, side):
        """y where a panel at `side` touches the body, NaN where the body is not behind it."""
        solid = self.value < GAP
        cell = np.round((flat - self.lo[[0, 2]]) / self.CELL).astype(int)
        column = solid[cell[:, 0], :, cell[:, 1]]
        first = np.where(side < 0, column.argmax(1), column.shape[1] - 1 - column[:, ::-1].argmax(1))
        return np.where(column.any(1) & (side != 0), self.axes[1][first] + side * GAP, np.nan)


def colored(pairs, count):
    """Splits pairs into groups in which no vertex comes twice, so that a group is moved at once."""
    used = [0] * count
    groups = []
    for n, (i, j) in enumerate(pairs.tolist()):
        free = ~(used[i] | used[j])
        color = (free & -free).bit_length() - 1
        used[i] |= 1 << color
        used[j] |= 1 << color
        while color >= len(groups):
            groups.append([])
        groups[color].append(n)
    return [np.array(g) for g in groups]


def edges_of(faces):
    """Edges (n, 2), and for those inside the cloth the two vertices opposite (m, 2) of each."""
    faces = np.array(faces)
    half = np.concatenate([faces[:, [a, b, c]] for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1))])
    half[:, :2].sort(axis=1)
    half = half[np.lexsort((half[:, 1], half[:, 0]))]
    same = (half[1:, :2] == half[:-1, :2]).all(1)
    first = np.concatenate([[True], ~same])
    return half[first][:, :2], np.stack([half[:-1][same][:, 2], half[1:][same][:, 2]], 1)


def start(body, pattern, edges):
    """Where each vertex is before it falls: at its place in the pattern, in front of or behind the body."""
    limit = body.surface(pattern.flat, pattern.side)
    y = np.where(np.isnan(limit), 0.004 * pattern.side, limit)
    degree = np.bincount(edges.ravel(), minlength=len(y))
    for _ in range(60):
        total = np.bincount(edges[:, 0], y[edges[:, 1]], len(y)) + np.bincount(edges[:, 1], y[edges[:, 0]], len(y))
        y = total / degree
        y = np.where(pattern.side < 0, np.fmin(y, limit), np.where(pattern.side > 0, np.fmax(y, limit), y))
    return np.stack([pattern.flat[:, 0], y, pattern.flat[:, 1]], 1).astype(np.float32)


def fall(body, pattern, tight, stiff, frames, log):
    """Positions (n, 3) at rest. By vertex: `tight`, the share by which it is knit narrower; `stiff`, 0 to 1, how firm it is."""
    edges, across = edges_of(pattern.faces)
    count = len(pattern.flat)
    x = start(body, pattern, edges)
    length = lambda pairs: np.hypot(*(pattern.flat[pairs[:, 0]] - pattern.flat[pairs[:, 1]]).T)
    # A pair across a seam has no rest length in the pattern: it may fold freely.
    across = across[(pattern.side[across].sum(1) != 0) | (pattern.side[across] == 0).all(1)]
    across = across[length(across) > 1e-4]
    work = []
    for pairs, push, pull in ((edges, 0.5, 1.0), (across, None, 0.0)):
        rest = length(pairs) * (1 - tight[pairs].mean(1))
        firm = 0.012 + 0.5 * stiff[pairs].mean(1) if push is None else np.full(len(pairs), push)
        for group in colored(pairs, count):
            work.append((pairs[group, 0], pairs[group, 1], rest[group].astype(np.float32),
                         (0.5 * firm[group]).astype(np.float32), np.float32(0.5 * pull)))

    # Front and back face each other at the same place of the pattern.
    front, back = np.flatnonzero(pattern.side < 0), np.flatnonzero(pattern.side > 0)
    opposite = np.concatenate([((part[:, None] - pattern.flat[back][None]) ** 2).sum(2).argmin(1)
                               for part in np.array_split(pattern.flat[front], 60)])
    opposite = back[opposite]

    # Drafts while it falls, or it would hang as evenly as no cloth does.
    rng = np.random.default_rng(4)
    draft = np.zeros_like(x)
    for wave in (0.30, 0.14):
        for _ in range(10):
            toward = rng.standard_normal(2)
            toward *= 2 * np.pi / wave / np.hypot(*toward)
            draft += np.sin(pattern.flat @ toward + rng.uniform(0, 6.28))[:, None] * rng.standard_normal(3) * DRAFT

    step = 1 / 60 / STEPS
    speed = np.zeros_like(x)
    for frame in range(1, frames + 1):
        before_frame = x.copy()
        keep = 0.985 if frame < 0.7 * frames else 0.93  # comes to rest towards the end
        for _ in range(STEPS):
            old = x.copy()
            speed *= keep
            speed[:, 2] -= GRAVITY * step
            if frame < 0.5 * frames:
                speed += draft * step
            x += np.clip(speed, -1.5, 1.5) * step
            for i, j, rest, push, pull in work:
                d = x[i] - x[j]
                now = np.sqrt((d * d).sum(1)) + 1e-9
                d *= (np.where(now > rest, pull, push) * (1 - rest / now))[:, None]
                x[i] -= d
                x[j] += d
            # Cloth does not pass through itself: front before back.
            lap = np.maximum(x[front, 1] - x[opposite, 1] + 0.003, 0) * 0.25
            x[front, 1] -= lap
            x[opposite, 1] += lap
            near = body.at(x)
            deep = np.maximum(GAP - near[:, 0], 0)
            touches = deep > 0
            normal = near[touches, 1:]
            normal /= np.sqrt((normal ** 2).sum(1))[:, None] + 1e-6
            moved = x[touches] - old[touches]
            along = moved - (moved * normal).sum(1)[:, None] * normal
            slide = np.sqrt((along ** 2).sum(1)) + 1e-9
            x[touches] += normal * deep[touches, None] - along * np.minimum(0.5 * deep[touches] / slide, 1)[:, None]
            speed = (x - old) / step
        if frame % 10 == 0:
            log(f"frame {frame} of {frames}: moves {np.abs(x - before_frame).max() * 1000:.1f} mm")
    return x
