"""Sewing patterns: outlines of two panels, front and back, and the mesh of both sewn together.

Meters; x to the picture's right, z up, 0 at the wearer's middle and at the garment's top. A panel's outline is
given by its right half from the middle of the top to the middle of the bottom; the left half is its mirror image.
"""

import numpy as np
from mathutils import Vector
from mathutils.geometry import delaunay_2d_cdt


def curve(*points, steps=40):
    """Samples a Bezier curve of any degree."""
    points = [np.array(p, float) for p in points]
    t = np.linspace(0, 1, steps)[:, None]
    while len(points) > 1:
        points = [a + (b - a) * t for a, b in zip(points, points[1:])]
    return points[0]


def mirror(points):
    return np.asarray(points, float)[::-1] * [-1, 1]


def evenly(points, spacing):
    """The same line with points about `spacing` apart, both ends kept."""
    points = np.asarray(points, float)
    s = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, s[-1], max(int(round(s[-1] / spacing)), 1) + 1)
    return np.stack([np.interp(at, s, points[:, i]) for i in (0, 1)], 1)


class Piece:
    """A part of the outline's right half. Sewn pieces join front and back; the others are edges of the cloth."""

    def __init__(self, name, front, back=None):
        self.name, self.front = name, np.asarray(front, float)
        self.sewn = back is None
        self.back = self.front if self.sewn else np.asarray(back, float)


def inside(points, polygon):
    """Which of the points lie in the polygon."""
    x, z = points[:, 0], points[:, 1]
    odd = np.zeros(len(points), bool)
    for (x0, z0), (x1, z1) in zip(polygon, np.roll(polygon, -1, axis=0)):
        if z0 != z1:
            odd ^= ((z0 > z) != (z1 > z)) & (x < (x1 - x0) * (z - z0) / (z1 - z0) + x0)
    return odd


class Mesh:
    """Both panels as one mesh of triangles: `flat` (n, 2) places in the pattern; `side` -1 front, +1 back, 0 sewn; `faces`, and
    in `back_face` whether each is the back's."""

    def __init__(self, pieces, spacing):
        self.flat, self.side, self.faces, self.back_face = [], [], [], []
        sewn = {}
        for back in (False, True):
            self._panel(pieces, spacing, back, sewn)
        self.flat, self.side = np.array(self.flat), np.array(self.side)

    def _panel(self, pieces, spacing, back, sewn):
        outline, tags = [], []
        halves = [(p, False) for p in pieces] + [(p, True) for p in reversed(pieces)]
        for piece, mirrored in halves:
            line = evenly(piece.back if back else piece.front, spacing)
            line = mirror(line) if mirrored else line
            for point in line:
                if outline and np.hypot(*(point - outline[-1])) < 1e-6:
                    tags[-1].add(piece)
                else:
                    outline.append(point)
                    tags.append({piece})
        if np.hypot(*(outline[0] - outline[-1])) < 1e-6:
            tags[0] |= tags.pop()
            outline.pop()
        outline = np.array(outline)
        lo, hi = outline.min(0), outline.max(0)
        rows = np.arange(lo[1], hi[1], spacing * 0.866)
        grid = np.array([(x, z) for i, z in enumerate(rows) for x in np.arange(lo[0] + (i % 2) * spacing / 2, hi[0], spacing)])
        grid = grid[inside(grid, outline)]
        far = np.concatenate([np.hypot(*(part[:, None] - outline[None]).transpose(2, 0, 1)).min(1)
                              for part in np.array_split(grid, 20)])
        points = np.vstack([outline, grid[far > 0.62 * spacing]])
        n = len(outline)
        verts, _, faces, origin, _, _ = delaunay_2d_cdt(
            [Vector(p) for p in points], [(i, (i + 1) % n) for i in range(n)], [], 1, 1e-7)
        index = []
        for vert, first in zip(verts, origin):
            of_outline = [i for i in first if i < n]
            names = tags[of_outline[0]] if of_outline else set()
            key = (round(vert.x, 6), round(vert.y, 6))
            if any(p.sewn for p in names) and key in sewn:
                index.append(sewn[key])
            else:
                index.append(len(self.flat))
                self.flat.append(list(vert))
                self.side.append(1 if back else -1)
                if any(p.sewn for p in names):
                    sewn[key] = index[-1]
                    self.side[-1] = 0
        for face in faces:
            self.faces.append([index[i] for i in (reversed(face) if back else face)])
            self.back_face.append(back)
