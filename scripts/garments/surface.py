"""What cloth looks like from near: yarn, seams, stitches, hems, ribs and prints, drawn onto the flat pattern.

A panel is drawn in the pattern's own coordinates, half a millimeter a pixel: sRGB color, and a height in millimeters
that shading shows as bumps.
"""

import numpy as np

from shape import mirror

PIXEL = 0.0005  # m


def whole(half):
    """A line that goes on over the middle: the right half and its mirror image, from left to right."""
    half = np.asarray(half, float)
    half = half if half[0, 0] <= half[-1, 0] else half[::-1]
    return np.vstack([mirror(half)[:-1], half])


def beside(line, offset):
    """The line moved sideways, to its left where `offset` is positive."""
    step = np.gradient(np.asarray(line, float), axis=0)
    step /= np.hypot(*step.T)[:, None] + 1e-12
    return line + offset * np.stack([-step[:, 1], step[:, 0]], 1)


class Panel:
    def __init__(self, lo, hi, color, rng):
        self.lo, self.rng = np.array(lo), rng
        self.shape = tuple(np.ceil((np.array(hi) - lo)[::-1] / PIXEL).astype(int))
        self.color = np.broadcast_to(np.asarray(color, np.float32), (*self.shape, 3)).copy()
        self.height = np.zeros(self.shape, np.float32)

    def noise(self, along_x, along_z):
        """Smooth noise of unit deviation; grain in meters."""
        field = np.fft.rfft2(self.rng.standard_normal(self.shape).astype(np.float32))
        fz, fx = np.fft.fftfreq(self.shape[0])[:, None], np.fft.rfftfreq(self.shape[1])[None]
        field *= np.exp(-2 * (np.pi / PIXEL) ** 2 * ((fx * along_x) ** 2 + (fz * along_z) ** 2))
        field = np.fft.irfft2(field, self.shape).astype(np.float32)
        return field / field.std()

    def grid(self, where=(slice(None), slice(None))):
        """x and z of pixels."""
        z, x = (self.lo[1 - i] + PIXEL * (np.arange(n)[s] + 0.5) for i, (n, s) in enumerate(zip(self.shape, where)))
        return np.meshgrid(x, z)

    def near(self, line, reach):
        """A window of pixels around a line, with their distance to it and how far along it they are."""
        line = np.asarray(line, float)
        lo = np.clip(((line.min(0) - reach - self.lo) / PIXEL).astype(int), 0, None)
        hi = np.clip(((line.max(0) + reach - self.lo) / PIXEL).astype(int) + 1, 0, self.shape[::-1])
        where = (slice(lo[1], hi[1]), slice(lo[0], hi[0]))
        x, z = (v.astype(np.float32) for v in self.grid(where))
        distance, along, s = np.full(x.shape, 9, np.float32), np.zeros(x.shape, np.float32), 0.0
        for (x0, z0), (x1, z1) in zip(line[:-1], line[1:]):
            length = float(np.hypot(x1 - x0, z1 - z0))
            if length < 1e-9:
                continue
            ux, uz = (x1 - x0) / length, (z1 - z0) / length
            t = np.clip((x - x0) * ux + (z - z0) * uz, 0, length)
            d = np.hypot(x - x0 - t * ux, z - z0 - t * uz)
            along = np.where(d < distance, s + t, along)
            distance = np.minimum(d, distance)
            s += length
        return where, distance, along

    def yarn(self, heather=0.035):
        """Fibers of uneven color, and a knit's or weave's grain."""
        fleck = 0.6 * self.noise(0.0005, 0.0012) + 0.5 * self.noise(0.0018, 0.0006) + 0.5 * self.noise(0.02, 0.03)
        self.color *= 1 + heather * fleck[..., None]
        self.height += 0.05 * self.noise(0.0004, 0.0008) + 0.10 * self.noise(0.004, 0.005)
        # What ironing left: shallow creases, mostly upright.
        self.height -= 0.7 * np.abs(self.noise(0.014, 0.035)) - 0.25 * self.noise(0.012, 0.012)

    def seam(self, line, depth=1.0):
        """Two pieces meet: a ditch, darker in its ground, and cloth that puckers beside it."""
        where, d, s = self.near(line, 0.02)
        ditch = np.exp(-(d / 0.0012) ** 2)
        self.height[where] += -0.8 * depth * ditch + 0.5 * depth * np.exp(-((d - 0.003) / 0.003) ** 2)
        self.color[where] *= 1 - 0.28 * depth * ditch[..., None]
        self._pucker(where, np.exp(-(d / 0.006) ** 2), s, 0.35 * depth)

    def _pucker(self, where, weight, s, height):
        """Short waves across a line, uneven along it."""
        wave = sum(np.sin(2 * np.pi * s / w + self.rng.uniform(0, 6.28)) for w in (0.0067, 0.0093, 0.0141)) / 3
        self.height[where] += height * weight * wave

    def stitches(self, line, thread=None):
        self._row(self.near(line, 0.006), 0, thread)

    def hem(self, edge, width=0.02, rows=(0.0, 0.005), thread=None):
        """Cloth turned over at an edge and sewn down, `rows` from the band's inner side."""
        where, d, s = self.near(edge, width + 0.012)
        self.height[where] += 0.7 / (1 + np.exp(np.minimum((d - width) / 0.0012, 50)))
        self._pucker(where, np.exp(-((d - 0.6 * width) / (0.5 * width)) ** 2), s, 0.5)
        inner = where, d, s
        for row in rows:
            self._row(inner, width - 0.003 - row, thread)

    def _row(self, inner, at, thread):
        """Stitches where the distance is `at`."""
        where, d, s = inner
        stitch = np.exp(-((d - at) / 0.0006) ** 2) * (np.mod(s, 0.0032) < 0.0025)
        self.height[where] += 0.5 * stitch - 0.4 * np.exp(-((d - at) / 0.0018) ** 2)
        color = self.color[where]
        target = color * 0.80 if thread is None else np.asarray(thread, np.float32)
        self.color[where] = color + (target - color) * (0.75 * stitch[..., None])

    def rib(self, edge, width, pitch=0.0032, color=None):
        """A knitted band along an edge, with a seam at its inner side and stitches beyond that."""
        where, d, s = self.near(edge, width + 0.02)
        band = 1 / (1 + np.exp(np.minimum((d - width) / 0.0004, 50)))
        wave = np.cos(2 * np.pi * s / pitch)
        self.height[where] += band * (0.55 + 0.45 * wave)
        if color is not None:
            self.color[where] += (np.asarray(color, np.float32) - self.color[where]) * band[..., None]
        self.color[where] *= 1 + band[..., None] * (0.08 * wave[..., None] - 0.03)
        ditch = np.exp(-((d - width) / 0.0011) ** 2)
        self.height[where] -= 0.9 * ditch
        self.color[where] *= 1 - 0.25 * ditch[..., None]
        self._pucker(where, np.exp(-((d - width - 0.004) / 0.004) ** 2), s, 0.35)

    def ink(self, mask, color):
        """A print: opaque but for what the yarn shows through, and flatter than the cloth."""
        worn = mask * np.clip(0.97 + 0.02 * self.noise(0.0008, 0.0008), 0, 1)
        self.color += (np.asarray(color, np.float32) - self.color) * worn[..., None]
        self.height *= 1 - 0.4 * mask
