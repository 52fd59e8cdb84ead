"""How figures stand: where limbs point, and which way the trunk leans.

`aim`: by bone, where the way to the next joint points (x to the figure's left, y up, z to the front); the same letter on both sides where
a name has no side. `turn`: by bone, degrees around x, y, z. Feet stay level unless aimed.
"""

NEXT = {"upperarm01": "lowerarm01", "lowerarm01": "wrist", "upperleg01": "lowerleg01", "lowerleg01": "foot"}


def pose(aim, **turn):
    out = {}
    for name, direction in aim.items():
        for side, sign in (("L", 1), ("R", -1)):
            if name.endswith(f".{side}"):
                out[name] = direction
            elif "." not in name:
                out.setdefault(f"{name}.{side}", (sign * direction[0], *direction[1:]))
    # What names a side wins over what names both.
    out.update({n: d for n, d in aim.items() if "." in n})
    return {"aim": out, "turn": {n.replace("_", "."): d for n, d in turn.items()}}


HANG = {"upperarm01": (0.30, -1, -0.05), "lowerarm01": (0.10, -1, 0.22)}
LEGS = {"upperleg01": (0.03, -1, 0.02), "lowerleg01": (0.01, -1, -0.05)}

POSES = {
    # A mannequin's: legs a little apart, arms off the body.
    "shop": pose({"upperarm01": (0.55, -1, 0), "lowerarm01": (0.45, -1, 0.10), "upperleg01": (0.07, -1, 0), "lowerleg01": (0.05, -1, -0.03)}),
    "close": pose({"upperarm01": (0.55, -1, 0), "lowerarm01": (0.45, -1, 0.10), "upperleg01": (0.03, -1, 0), "lowerleg01": (0.0, -1, -0.03)}),
    "stand": pose({**HANG, **LEGS}),
    "easy": pose({**HANG, "upperarm01": (0.20, -1, -0.02), "lowerarm01": (0.0, -1, 0.30),
                  "upperleg01.L": (0.06, -1, 0.0), "lowerleg01.L": (-0.01, -1, -0.06),
                  "upperleg01.R": (-0.12, -1, 0.16), "lowerleg01.R": (-0.05, -1, -0.10)},
                 root=(0, 0, 4), spine04=(0, 0, -3), spine02=(0, 0, -3), head=(0, 6, 2)),
    "step": pose({"upperarm01.L": (0.22, -1, -0.22), "lowerarm01.L": (0.12, -1, 0.05),
                  "upperarm01.R": (-0.22, -1, 0.15), "lowerarm01.R": (-0.06, -1, 0.45),
                  "upperleg01.L": (0.02, -1, 0.30), "lowerleg01.L": (0.03, -1, -0.02),
                  "upperleg01.R": (-0.05, -1, -0.16), "lowerleg01.R": (-0.06, -1, -0.36), "foot.R": None}),
    "hip": pose({"upperarm01.L": (0.85, -0.9, -0.35), "lowerarm01.L": (-0.95, -0.42, 0.45),
                 "upperarm01.R": (-0.26, -1, 0), "lowerarm01.R": (-0.10, -1, 0.22),
                 "upperleg01.L": (0.05, -1, 0.02), "lowerleg01.L": (0.0, -1, -0.05),
                 "upperleg01.R": (-0.14, -1, 0.06), "lowerleg01.R": (-0.08, -1, -0.06)},
                root=(0, 0, -4), spine04=(0, 0, 3), spine02=(0, 0, 3), head=(0, -5, -2)),
    "wide": pose({**HANG, "upperarm01": (0.42, -1, -0.05), "lowerarm01": (0.22, -1, 0.2),
                  "upperleg01": (0.24, -1, 0.02), "lowerleg01": (0.18, -1, -0.05)}),
    "over": pose({"upperarm01": (0.16, -1, 0.05), "lowerarm01": (-0.16, -1, 0.35), **LEGS}),
    "arms": pose({"upperarm01.L": (0.22, -1, 0.22), "lowerarm01.L": (-1, 0.22, 0.40),
                  "upperarm01.R": (-0.22, -1, 0.40), "lowerarm01.R": (1, 0.20, 0.42), **LEGS}),
    "cross": pose({**HANG, "upperleg01.L": (-0.02, -1, 0.12), "lowerleg01.L": (-0.10, -1, 0.0),
                   "upperleg01.R": (0.0, -1, -0.02), "lowerleg01.R": (0.02, -1, -0.10)}),
    "sit": pose({"upperarm01": (0.25, -1, 0.25), "lowerarm01": (-0.12, -0.55, 1),
                 "upperleg01": (0.16, -0.12, 1), "lowerleg01": (0.02, -1, 0.02)}),
}
