"""The sample garments: pattern, body under it, and what is drawn on the cloth."""

from dataclasses import dataclass, field
from typing import Callable

import numpy as np

from cloth import limb, loft
from shape import Piece, curve, mirror
from surface import PIXEL, beside, whole

TORSO = loft((.12, .055, .055, 0), (.02, .058, .055, 0), (-.012, .076, .058, 0), (-.035, .120, .062, 0),
             (-.065, .160, .068, 0), (-.10, .178, .076, 0), (-.20, .178, .088, 0), (-.30, .170, .088, 0),
             (-.45, .150, .074, 0), (-.62, .176, .084, 0), (-.90, .178, .086, 0))
# Below the waist bodies are flat: what lies on a table, or hangs from clips, has no belly.
# They end inside the thighs: over a ledge trousers would crease from side to side.
HIPS = loft((.10, .166, .060, 0), (0, .166, .060, 0), (-.10, .188, .066, 0), (-.20, .206, .062, 0), (-.26, .207, .044, 0), (-.32, .190, .016, 0))


@dataclass
class Sample:
    pieces: list
    body: list
    color: tuple  # sRGB 0..1 of the cloth
    draw: Callable  # (panel, is_back, pieces by name): draws on the yarn
    tight: dict = field(default_factory=dict)  # piece name: (reach in m, share by which the cloth is narrower there)
    stiff: dict = field(default_factory=dict)  # piece name: (reach in m, firmness 0..1)
    heather: float = 0.035
    opaque_back: bool = True  # False: what shows of the back through the neck is cut out
    frames: int = 80


def arms(*joints):
    """Both arms along joints (x, z, radius); they must lie well inside the sleeves of the pattern."""
    return [limb((s * a[0], 0, a[1]), (s * b[0], 0, b[1]), a[2], b[2])
            for a, b in zip(joints, joints[1:]) for s in (-1, 1)]


def legs():
    return [loft((-.18, .084, .057, s * .121), (-.26, .092, .057, s * .126), (-.33, .093, .053, s * .135), (-.42, .092, .050, s * .140),
                 (-.60, .087, .045, s * .146), (-1.10, .076, .036, s * .152)) for s in (-1, 1)]


def top(neck, cuff, side, drop=.10, tip=(.222, -.048), armpit=(.258, -.262), bend=None):
    """Pieces of a top: neck's half width, (outer, inner) ends of the cuff, points of the side from armpit to hem."""
    n = (neck, 0)
    outer, inner = cuff
    bow = bend or (.262, -.066)
    hem = side[-1]
    bottom = curve(hem, (hem[0] * .5, hem[1] - .006), (0, hem[1] - .006))
    return [
        Piece("neck", curve((0, -drop), (neck * .62, -drop), (neck * .96, -drop * .55), n),
              curve((0, -.022), (neck * .55, -.022), (neck * .9, -.018), n)),
        Piece("shoulder", np.vstack([curve(n, (.155, -.021), tip), curve(tip, bow, outer)[1:]])),
        Piece("cuff", curve(outer, inner), curve(outer, inner)),
        Piece("side", np.vstack([curve(inner, (armpit[0] + (inner[0] - armpit[0]) * .3, armpit[1] + (inner[1] - armpit[1]) * .25),
                                       armpit), curve(armpit, *side)[1:]])),
        Piece("hem", bottom, bottom),
    ]


def armhole(tip=(.222, -.048), armpit=(.258, -.262)):
    line = curve(tip, (.192, -.12), (.190, -.215), armpit)
    return [line, mirror(line)]


def edges(pieces, back, name):
    """An edge as lines in the panel: one over the middle, or one each side."""
    half = pieces[name].back if back else pieces[name].front
    return [whole(half)] if abs(half[0, 0]) < 1e-6 or abs(half[-1, 0]) < 1e-6 else [half, mirror(half)]


def sun(x, z, center, radius):
    """The print: a disk that is cut by five gaps, wider towards its foot, over two lines. Coverage 0..1."""
    soft = lambda d: np.clip(0.5 - d / (2 * PIXEL), 0, 1)
    disk = soft(np.hypot(x - center[0], z - center[1]) - radius)
    for i in range(5):
        level = center[1] + radius * (0.02 - 0.20 * i)
        disk *= 1 - soft(np.abs(z - level) - radius * (0.018 + 0.012 * i))
    for level, half in ((-1.28, 1.45), (-1.46, .95)):
        disk = np.maximum(disk, soft(np.maximum(np.abs(z - center[1] - radius * level) - radius * .028, np.abs(x - center[0]) - radius * half)))
    return disk


def tshirt():
    def draw(panel, back, pieces):
        for line in armhole():
            panel.seam(line)
            panel.stitches(beside(line, -.005 if line[0, 0] > 0 else .005))
        for name in ("cuff", "hem"):
            for line in edges(pieces, back, name):
                panel.hem(line, .022)
        if not back:
            panel.ink(sun(*panel.grid(), (0, -.235), .082), (.90, .87, .78))
        for line in edges(pieces, back, "neck"):
            panel.rib(line, .019)

    return Sample(top(.088, ((.410, -.262), (.296, -.372)), [(.252, -.40), (.254, -.58), (.258, -.75)]),
                  [TORSO, *arms((.165, -.10, .046), (.387, -.40, .038))], (.10, .36, .31), draw, tight={"neck": (.02, .07)},
                  stiff={"neck": (.02, .6), "hem": (.02, .15), "cuff": (.02, .15)}, opaque_back=False)


def long_sleeves():
    navy, blue = (.10, .13, .24), (.55, .66, .76)

    def draw(panel, back, pieces):
        x, z = panel.grid()
        # On the sleeves, which are cut apart, stripes go around the arm.
        hole = np.interp(z[:, 0], *armhole()[0][::-1, ::-1].T, left=9, right=9)[:, None]
        hole = np.where(z < -.262, .262 + (-.262 - z) * .12, hole)
        sleeve = np.abs(x) > hole
        level = np.where(sleeve, z * .90 - np.abs(x) * -.42 + .036, z)
        stripe = np.clip(.5 + (.0058 - np.abs(np.mod(level, .0235) - .0118)) / (2 * PIXEL), 0, 1)
        stripe *= np.where(sleeve, 1, (z < -.165) | (z > 1))
        panel.color += (np.array(navy, np.float32) - panel.color) * stripe[..., None].astype(np.float32)
        for line in armhole():
            panel.seam(line)
        for name in ("cuff", "hem"):
            for line in edges(pieces, back, name):
                panel.hem(line, .020)
        for line in edges(pieces, back, "neck"):
            panel.rib(line, .014)

    return Sample(top(.105, ((.470, -.610), (.386, -.648)), [(.246, -.38), (.240, -.52), (.250, -.64)], drop=.085,
                      bend=(.268, -.085)),
                  [TORSO, *arms((.165, -.10, .048), (.292, -.28, .036), (.432, -.66, .024))], blue, draw, tight={"neck": (.016, .06)},
                  stiff={"neck": (.016, .5), "hem": (.02, .15), "cuff": (.02, .2)}, heather=.02)


def trousers():
    def draw(panel, back, pieces):
        x, z = panel.grid()
        waist = edges(pieces, back, "waist")[0]
        thread = (.50, .38, .20)
        for line in (beside(waist, -.038),):
            panel.seam(line, .8)
        for offset in (-.004, -.034):
            panel.stitches(beside(waist, offset), thread)
        middle = np.array([(0, -.036), (0, -.32)])
        panel.seam(middle, .8)
        if back:
            for s in (-1, 1):
                pocket = np.array([(s * .055, -.10), (s * .175, -.095), (s * .172, -.215), (s * .115, -.24), (s * .06, -.22), (s * .055, -.10)])
                panel.seam(pocket, .5)
                panel.stitches(beside(pocket, .003), thread)
        else:
            fly = np.vstack([[(.038, -.038), (.038, -.15)], curve((.038, -.15), (.036, -.185), (.0, -.20), steps=12)])
            for offset in (0, .006):
                panel.stitches(beside(fly, offset), thread)
            for s in (-1, 1):
                pocket = curve((s * .115, -.037), (s * .122, -.105), (s * .236, -.125))
                panel.seam(pocket, 1.0)
                for offset in (.003, .009):
                    panel.stitches(beside(pocket, -s * offset), thread)
            where, d, _ = panel.near(np.array([(.0, -.019), (.0001, -.019)]), .02)  # the button
            button = 1 / (1 + np.exp(np.minimum((d - .0085) / .0003, 50)))
            panel.color[where] += (np.array((.25, .17, .09), np.float32) - panel.color[where]) * button[..., None]
            panel.height[where] += 2.2 * button - .8 * np.exp(-((d - .005) / .0012) ** 2)
        for s in (-1, 1):  # belt loops
            loop = np.array([(s * .105, .012), (s * .105, -.044)])
            where, d, _ = panel.near(loop, .012)
            strip = 1 / (1 + np.exp(np.minimum((d - .0055) / .0003, 50)))
            panel.height[where] += 1.8 * strip
            panel.color[where] *= 1 - .25 * np.exp(-((d - .0065) / .0012) ** 2)[..., None]
        for line in edges(pieces, back, "hem"):
            panel.hem(line, .030, rows=(0,), thread=thread)
        for name, offset in (("outseam", -.004),):
            line = pieces[name].front
            for one in (line, mirror(line)):
                panel.seam(beside(one, 0), .5)

    waist_front, waist_back = curve((0, -.010), (.12, -.008), (.203, 0)), curve((0, .012), (.12, .010), (.203, 0))
    hem = curve((.246, -1.02), (.150, -1.024), (.052, -1.02))
    return Sample([Piece("waist", waist_front, waist_back),
                   Piece("outseam", curve((.203, 0), (.232, -.06), (.262, -.20), (.256, -.40), (.246, -.70), (.246, -1.02))),
                   Piece("hem", hem, hem),
                   Piece("inseam", curve((.052, -1.02), (.040, -.72), (.028, -.45), (0, -.325)))],
                  [HIPS, *legs()], (.62, .47, .27), draw, tight={"waist": (.038, .05)},
                  stiff={"waist": (.038, .8), "hem": (.03, .3)}, heather=.03)


def skirt():
    def draw(panel, back, pieces):
        waist = edges(pieces, back, "waist")[0]
        panel.seam(beside(waist, -.035), 1.0)
        panel.stitches(beside(waist, -.032))
        for line in edges(pieces, back, "hem"):
            panel.hem(line, .030, rows=(0,))

    front, back = curve((0, -.012), (.10, -.010), (.192, 0)), curve((0, .008), (.10, .006), (.192, 0))
    hem = curve((.365, -.640), (.18, -.690), (0, -.690))
    return Sample([Piece("waist", front, back), Piece("side", curve((.192, 0), (.235, -.10), (.29, -.34), (.365, -.64))),
                   Piece("hem", hem, hem)],
                  [HIPS, *legs()], (.46, .16, .20), draw, tight={"waist": (.035, .04)},
                  stiff={"waist": (.035, .8), "hem": (.03, .2)})


def dress():
    def draw(panel, back, pieces):
        x, z = panel.grid()
        # Scattered dots in rows that are shifted by half, as woven or printed cloth has them.
        row = np.floor(z / .034)
        shift = np.mod(x + .02 * np.mod(row, 2), .040) - .020
        dots = np.clip(.5 + (.0042 - np.hypot(shift, np.mod(z, .034) - .017)) / (2 * PIXEL), 0, 1)
        panel.ink(dots, (.93, .91, .86))
        for line in armhole():
            panel.seam(line)
        waist = np.array([(-.30, -.40), (.30, -.40)])
        panel.seam(waist)
        for name in ("cuff", "hem"):
            for line in edges(pieces, back, name):
                panel.hem(line, .020, rows=(0,))
        for line in edges(pieces, back, "neck"):
            panel.hem(line, .010, rows=(0,))

    return Sample(top(.105, ((.395, -.250), (.285, -.350)), [(.225, -.36), (.160, -.42), (.30, -.62), (.385, -1.04)], drop=.12),
                  [TORSO, *arms((.165, -.10, .048), (.39, -.37, .042)), *[limb((s * .10, 0, -.75), (s * .12, 0, -1.3), .085, .05) for s in (-1, 1)]],
                  (.20, .30, .47), draw, stiff={"neck": (.01, .3), "hem": (.02, .15), "cuff": (.02, .15)}, frames=90)


WARDROBE = {"tshirt": tshirt, "longsleeve": long_sleeves, "trousers": trousers, "skirt": skirt, "dress": dress}
