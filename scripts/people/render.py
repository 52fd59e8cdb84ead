"""Blender program: renders people in clothes, the clothes alone, and where on the people they are seen.

    blender -b --factory-startup -P scripts/people/render.py -- MAKEHUMAN_DATA FOLDER SAMPLES SCALE [ID...]
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from body import MakeHuman
from flat import lay_flat
from hung import skirt
from pairs import PAIRS, SKINS, WARDROBE
from poses import POSES

WIDTH, HEIGHT = 768, 1024
PAPER, SHADOW = 0.965, 0.10  # of product photos: the ground, and how dark its shadow is
NEAR = 0.4  # dm: cloth within it hides what is below
PRINT_CHEST = 0.40  # of a top's height: how wide the print on its chest is
TUCK = 0.05  # dm by which covered cloth gives way
MANNEQUINS = {"female": dict(sex="female", race="caucasian", height=0.3), "male": dict(sex="male", race="caucasian", muscle=0.1)}
LEGS = ("root", "spine05", "spine04", "spine03", "pelvis", "upperleg", "lowerleg", "foot", "toe")


def lower_body(mh, body):
    """Vertices that hips and legs are made of."""
    wanted = np.array([n.startswith(LEGS) for n in mh.names])
    heavy = (body.weights * wanted[body.bones]).sum(1) > 0.5
    return heavy & np.isin(np.arange(len(body.at)), body.faces)


def sewn(mh, piece, at):
    """A piece of WARDROBE on the body at rest: its mesh and picture. None for what only hangs on a posed body."""
    mesh, picture = mh.fitted("clothes", piece["mesh"], at)
    if piece.get("part"):
        label = mesh.islands()
        is_lower = np.zeros(len(mesh.at), bool)
        for island in np.unique(label):
            here = label == island
            low, high = mesh.at[here, 1].min(), mesh.at[here, 1].max()
            is_lower |= here & ((low + high) / 2 < mh.joint(at, "spine05")[1] + 0.5 * (high < mh.joint(at, "spine01")[1]))
        mesh = mesh.part(is_lower[mesh.faces[:, 0]] == (piece["part"] == "lower"))
    hip, knee, foot = (mh.joint(at, f"{n}.L") for n in ("upperleg01", "lowerleg01", "foot"))
    if "legs" in piece:  # wider legs: dm more around their middle, at knee and hem
        for side in (1, -1):
            y = mesh.at[:, 1]
            here = (np.sign(mesh.at[:, 0]) == side) & (y < hip[1])
            level = [foot[1], knee[1], hip[1]]
            middle = np.stack([np.interp(y, level, [p[k] for p in (foot, knee, hip)]) * (side if k == 0 else 1) for k in (0, 2)], 1)
            more = np.interp(y, level, [piece["legs"][1], piece["legs"][0], 0])
            away = mesh.at[:, [0, 2]] - middle
            r = np.linalg.norm(away, axis=1, keepdims=True) + 1e-6
            wide = middle + away * (1 + more[:, None] / r)
            wide[:, 0] = side * np.maximum(side * wide[:, 0], 0.06)
            mesh.at[np.ix_(here, [0, 2])] = wide[here]
    if "hem" in piece:  # cut off: 0 at the hips, 1 at the knees, 2 at the ankles
        y = np.interp(piece["hem"], [0, 1, 2], [hip[1], knee[1], foot[1]])
        mesh = mesh.part(mesh.at[mesh.faces][..., 1].max(1) > y)
        mesh.at[:, 1] = np.maximum(mesh.at[:, 1], y)
    if "waist" in piece:  # cut off above or below, dm above the hips' joints
        y = hip[1] + piece["waist"]
        mesh = mesh.part(mesh.at[mesh.faces][..., 1].mean(1) > y)
    return mesh, picture


def hanging(mh, piece, at, body):
    cut = piece["skirt"]
    lower = body.at[lower_body(mh, body)]
    # Heights follow the posed hips: MakeHuman's joints move as the vertices that name them.
    hip, knee, foot = (np.mean([body.at[mh.joints[f"{n}.{s}____head"]].mean(0) for s in "LR"], 0)[1]
                       for n in ("upperleg01", "lowerleg01", "foot"))
    rest = [np.mean([mh.joint(at, f"{n}.{s}") for s in "LR"], 0)[1] for n in ("upperleg01", "lowerleg01", "foot")]
    hem = hip - (rest[0] - np.interp(cut["hem"], [0, 1, 2], rest))
    return skirt(lower, hip + cut["top"], hem, cut["flare"], cut.get("folds", (0, 0.0)), cut.get("ease", 0.0), cut.get("taper", 0.0))


def dressed(mh, at, pose, pieces, hair=None, bare=True):
    """Meshes by name, posed, skin and cloth under cloth hidden. pieces: from the innermost; each is ('name', WARDROBE entry, is garment)."""
    parts = []
    if bare:
        parts.append(["skin", mh.body(at), None])
    for kind, name in (hair or []):
        parts.append([kind, *mh.fitted(kind, name, at)])
    first = len(parts)
    tucked = None  # into a skirt that hangs, whose own shape nothing below changes
    for name, piece, worn in reversed(pieces):
        for one in reversed(piece["of"]):
            if "skirt" in one:
                tucked = mh.joint(at, "upperleg01.L")[1] + one["skirt"]["top"] - 0.3
                continue
            part = [("garment " if worn else "other ") + name, *sewn(mh, one, at), one]
            if tucked is not None and part[1].at[:, 1].max() > tucked + 1:
                part[1] = part[1].part(part[1].at[part[1].faces][..., 1].min(1) > tucked)
            parts.insert(first, part)
    cloth = parts[first:]
    hidden = {}
    for n, under in enumerate([p for p in parts if p[0] == "skin"] + cloth):
        over = cloth if under[0] == "skin" else cloth[n - (1 if bare else 0) + 1:]
        normal = under[1].normals()
        start = 0.15 if under[0] == "skin" else NEAR  # belt loops stick out through a tee
        points = np.concatenate([under[1].at, under[1].at[under[1].faces].mean(1)])
        normal = np.concatenate([normal, normal[under[1].faces].mean(1)])
        covered = np.zeros(len(points), bool)
        for o in over:
            if o[0] == under[0]:
                continue
            tree = BVHTree.FromPolygons(o[1].at.tolist(), o[1].faces.tolist())
            for i, (p, d) in enumerate(zip(points, normal)):
                if not covered[i] and tree.ray_cast(Vector(p - start * d), Vector(d), NEAR + start)[0] is not None:
                    covered[i] = True
        vertex, face = np.split(covered, [len(under[1].at)])
        hidden[id(under)] = vertex[under[1].faces].all(1) & face
        under[1].at = under[1].at - TUCK * normal[:len(vertex)] * vertex[:, None]
    body = mh.body(at)
    meshes = [p[1] for p in parts] + [body]
    mh.posed(at, pose, meshes)
    for p in parts:
        if id(p) in hidden:
            p[1] = p[1].part(~hidden[id(p)])
    for name, piece, worn in pieces:
        for one in piece["of"]:
            if "skirt" in one:
                parts.append([("garment " if worn else "other ") + name, hanging(mh, one, at, body), None, one])
    return parts, body


def flatten(mh, parts, body, kind):
    is_arm = np.array([n.startswith(("upperarm", "lowerarm", "wrist", "finger", "metacarpal")) for n in mh.names])
    joint = lambda name: body.at[mh.joints[f"{name}____head"]].mean(0)
    elbows = {1: (joint("upperarm01.L"), joint("wrist.L")), -1: (joint("upperarm01.R"), joint("wrist.R"))}
    crotch = body.at[lower_body(mh, body) & (np.abs(body.at[:, 0]) < 0.05), 1].min() if kind in ("trousers", "shorts", "jumpsuit") else None
    for part in parts:
        mesh = part[1]
        lay_flat(mesh, (mesh.weights * is_arm[mesh.bones]).sum(1), elbows, crotch)


def picture_of(path, one):
    """A texture, dyed where the piece says: its own light and dark in another color."""
    key = f"{path} {one.get('color')} {one.get('pattern')}"
    if key in bpy.data.images:
        return bpy.data.images[key]
    if path is None or one.get("plain"):
        made = bpy.data.images.new(key, 512, 512)
        rgba = np.ones((512, 512, 4), np.float32)
        rng = np.random.default_rng(5)
        rgba[..., :3] = rng.normal(1, 0.03, (512, 512, 1))
        y, x = np.mgrid[:512, :512]
        pattern = one.get("pattern")
        if pattern == "stripes":
            rgba[..., :3] *= np.where(x % 64 < 20, 0.45, 1.0)[..., None]
        if pattern == "dots":
            rgba[(x % 64 - 32) ** 2 + (y % 64 - 32) ** 2 < 90, :3] = 2.4
        if pattern == "check":
            rgba[..., :3] *= (np.where(x % 64 < 26, 0.6, 1.0) * np.where(y % 64 < 26, 0.6, 1.0))[..., None]
        rgba[..., :3] *= one.get("color", (0.5, 0.5, 0.5))
    else:
        made = bpy.data.images.load(str(path))
        made.name = key
        rgba = np.empty(made.size[0] * made.size[1] * 4, np.float32)
        made.pixels.foreach_get(rgba)
        rgba = rgba.reshape(-1, 4)
        if "color" in one:
            luma = rgba[:, :3] @ [0.3, 0.6, 0.1]
            solid = rgba[:, 3] > 0.5
            rgba[:, :3] = (luma / max(luma[solid].mean(), 0.02))[:, None] ** 0.8 * np.array(one["color"])
    if one:  # cloth: whole or a hole, which is no grain at few samples
        rgba[..., 3] = (rgba[..., 3] - 0.3) * 8
    made.pixels.foreach_set(np.clip(rgba, 0, 1).ravel())
    made.pack()
    return made


def material(name, picture, shine, glow=None):
    """Of a texture with holes; `glow`: nothing but this value, for the truth."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, link = made.node_tree.nodes, made.node_tree.links.new
    texture = nodes.new("ShaderNodeTexImage")
    texture.image = picture
    if glow is None:
        shader = nodes["Principled BSDF"]
        shader.inputs["Roughness"].default_value, shader.inputs["Specular"].default_value = shine
        link(texture.outputs["Color"], shader.inputs["Base Color"])
        link(texture.outputs["Alpha"], shader.inputs["Alpha"])
    else:
        nodes.remove(nodes["Principled BSDF"])
        light, clear, mix = (nodes.new(f"ShaderNode{n}") for n in ("Emission", "BsdfTransparent", "MixShader"))
        light.inputs["Color"].default_value = (glow, glow, glow, 1)
        link(texture.outputs["Alpha"], mix.inputs[0])
        link(clear.outputs[0], mix.inputs[1])
        link(light.outputs[0], mix.inputs[2])
        link(mix.outputs[0], nodes["Material Output"].inputs["Surface"])
    return made


def placed(parts, yaw, skin):
    """Blender objects of the parts, on the floor and turned; (object, texture, shine, is garment) of each, and their box in meters."""
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    floor = min(p[1].at[np.unique(p[1].faces), 1].min() for p in parts)
    things, points = [], []
    for part in parts:
        name, mesh, path = part[:3]
        at = (mesh.at - [0, floor, 0]) @ turn.T / 10
        at = np.stack([at[:, 0], -at[:, 2], at[:, 1]], 1)
        points.append(at[np.unique(mesh.faces)])
        data = bpy.data.meshes.new(name)
        data.from_pydata(at.tolist(), [], mesh.faces.tolist())
        data.uv_layers.new().data.foreach_set("uv", mesh.uv.reshape(-1))
        data.polygons.foreach_set("use_smooth", np.ones(len(data.polygons), bool))
        thing = bpy.data.objects.new(name, data)
        bpy.context.collection.objects.link(thing)
        smooth = thing.modifiers.new("smooth", "SUBSURF")
        smooth.levels = smooth.render_levels = 1
        is_cloth = len(part) == 4
        image = picture_of(skin if name == "skin" else path, part[3] if is_cloth else {})
        things.append((thing, image, (0.85, 0.15) if is_cloth else (0.5, 0.3), name.startswith("garment")))
    points = np.concatenate(points)
    return things, points


def lamp(kind, location, strength, target, size=0.0):
    """Of the kind SUN it throws no shadow and fills what the AREA lamp leaves dark: no grain at few samples."""
    light = bpy.data.lights.new("lamp", kind)
    light.energy = strength
    if kind == "AREA":
        light.size = size
    else:
        light.angle, light.cycles.cast_shadow = 0, False
    thing = bpy.data.objects.new("lamp", light)
    thing.location = location
    thing.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(thing)


def lit(target):
    lamp("AREA", (-2.0, -3.2, target[2] + 2.2), 130, target, 1.6)
    for place, strength in (((0.5, -4, 1.0), 1.1), ((3, -1.5, 0.5), 0.55), ((-3, -1.0, 0.5), 0.45), ((0, 0.3, 4), 0.6), ((0, 4, 1), 0.5)):
        lamp("SUN", np.add(place, target), strength, target)


def render(path, samples, scale, clear):
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = int(WIDTH * scale), int(HEIGHT * scale)
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = samples, False, 0
    scene.cycles.transparent_max_bounces = 24
    scene.render.film_transparent = clear
    scene.render.image_settings.color_mode = "RGBA" if clear else "RGB"
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.render.use_persistent_data = True
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def on_paper(path):
    """Puts a cut-out picture onto a near-white ground, with a soft shadow below it."""
    made = bpy.data.images.load(str(path))
    wide, tall = made.size
    rgba = np.empty(wide * tall * 4, np.float32)
    made.pixels.foreach_get(rgba)
    rgba = rgba.reshape(tall, wide, 4)  # rows go upwards
    shadow = np.roll(rgba[..., 3], (-wide // 150, wide // 300), (0, 1))
    reach = wide // 90
    for axis in (0, 1, 0, 1):
        total = np.cumsum(np.pad(shadow, [(reach + 1, reach) if k == axis else (0, 0) for k in (0, 1)], "edge"), axis)
        last, first = [slice(None)] * 2, [slice(None)] * 2
        last[axis], first[axis] = slice(2 * reach + 1, None), slice(None, -2 * reach - 1)
        shadow = (total[tuple(last)] - total[tuple(first)]) / (2 * reach + 1)
    ground = PAPER * (1 - SHADOW * shadow[..., None])
    rgba[..., :3] = rgba[..., :3] * rgba[..., 3:] + ground * (1 - rgba[..., 3:])
    rgba[..., 3] = 1
    made.pixels.foreach_set(rgba.ravel())
    bpy.context.scene.render.image_settings.color_mode = "RGB"
    made.save_render(str(path))


def camera(middle, wide, tall):
    """Looks at `middle` (m) from the front, from far enough to see a box of wide x tall."""
    distance = 4.5
    made = bpy.data.cameras.new("camera")
    made.sensor_fit, made.sensor_height = "VERTICAL", 36
    made.lens = 36 * distance / max(tall, wide * HEIGHT / WIDTH)
    thing = bpy.data.objects.new("camera", made)
    thing.location, thing.rotation_euler = (middle[0], -distance, middle[1]), (np.pi / 2, 0, 0)
    bpy.context.collection.objects.link(thing)
    bpy.context.scene.camera = thing


def backdrop():
    """Floor and wall, joined by a bend."""
    profile = [(-8, 0), (0.7, 0)] + [(0.7 + 0.8 * np.sin(a), 0.8 - 0.8 * np.cos(a)) for a in np.linspace(0.2, 1.57, 8)] + [(1.5, 6)]
    data = bpy.data.meshes.new("ground")
    n = len(profile)
    data.from_pydata([(x, y, z) for x in (-6, 6) for y, z in profile], [], [(i, i + n, i + n + 1, i + 1) for i in range(n - 1)])
    data.polygons.foreach_set("use_smooth", np.ones(n - 1, bool))
    thing = bpy.data.objects.new("ground", data)
    made = bpy.data.materials.new("ground")
    made.use_nodes = True
    made.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.80, 0.80, 0.79, 1)
    made.node_tree.nodes["Principled BSDF"].inputs["Specular"].default_value = 0.05
    thing.data.materials.append(made)
    bpy.context.collection.objects.link(thing)


def on_hands(mh, mesh):
    """By face: whether it is a hand's."""
    is_hand = np.array([n.startswith(("wrist", "finger", "metacarpal")) for n in mh.names])
    return (mesh.weights * is_hand[mesh.bones]).sum(1)[mesh.faces].mean(1) > 0.5


def seen_points(things, parts, scale):
    """What was rendered of the garment's vertices: pixels by texture coordinates."""
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    graph, eye = bpy.context.evaluated_depsgraph_get(), scene.camera.location
    seen = {}
    for (thing, _, _, worn), part in zip(things, parts):
        if not worn:
            continue
        points = [vertex.co for vertex in thing.evaluated_get(graph).data.vertices[:len(part[1].at)]]
        faces, corners = np.unique(part[1].faces, return_index=True)
        for vertex, corner in zip(faces, corners):
            point = points[vertex]
            hit, at, *_ = scene.ray_cast(graph, eye, (point - eye).normalized())
            if hit and (at - point).length < 0.004:
                x, y, _ = world_to_camera_view(scene, scene.camera, point)
                seen[part[0], tuple(np.round(part[1].uv.reshape(-1, 2)[corner], 5))] = (x * WIDTH * scale, (1 - y) * HEIGHT * scale)
    return seen


def print_corners(on_cloth, on_person):
    """A print's corners on a top's chest, as pixels of both pictures: the vertices that are nearest to where they should be."""
    both = [key for key in on_cloth if key in on_person]
    all_of = np.array(list(on_cloth.values()))
    at = np.array([on_cloth[key] for key in both]).reshape(-1, 2)
    low, high = all_of.min(0), all_of.max(0)
    middle, chest, tall = (low[0] + high[0]) / 2, PRINT_CHEST * (high[1] - low[1]), high[1] - low[1]
    corners = []
    for x in (-0.5, 0.5):
        for y in (0.30, 0.50):
            off = np.hypot(*(at - [middle + x * chest, low[1] + y * tall]).T)
            if len(off) and off.min() < 0.06 * tall:
                corners.append((*at[off.argmin()], *on_person[both[off.argmin()]]))
    return corners


def frame(points, joint, crop):
    """What the picture shows: its middle (x, z) and height in meters, with the wearer cut off at `crop`."""
    lo, hi = points.min(0), points.max(0)
    top, bottom = hi[2] + 0.07, -0.08
    if crop == "chin":
        top = joint["chin"]
    elif crop == "chest":
        top = joint["chest"]
    elif crop == "knees":
        bottom = joint["knees"]
    tall = max(top - bottom, (hi[0] - lo[0] + 0.1) * HEIGHT / WIDTH)
    return ((lo[0] + hi[0]) / 2, top - tall / 2), tall


def pair(mh, spec, folder, samples, scale):
    name = spec["id"]
    garment = WARDROBE[spec["garment"]]
    # The garment alone, on nobody.
    bpy.ops.wm.read_factory_settings(use_empty=True)
    at = mh.shape(**MANNEQUINS[garment["sex"]])
    parts, body = dressed(mh, at, POSES[garment.get("shop", "shop")], [(spec["garment"], garment, True)], bare=False)
    if not garment.get("mannequin"):
        flatten(mh, parts, body, garment["kind"])
    things, points = placed(parts, 0.0, None)
    for thing, image, shine, _ in things:
        thing.data.materials.append(material(thing.name, image, shine))
    lo, hi = points.min(0), points.max(0)
    size = max(hi[2] - lo[2], (hi[0] - lo[0]) * HEIGHT / WIDTH) * 1.14
    camera(((lo[0] + hi[0]) / 2, (lo[2] + hi[2]) / 2), size * WIDTH / HEIGHT, size)
    lit((0, 0, (lo[2] + hi[2]) / 2))
    render(folder / f"{name}_cloth.png", samples, scale, True)
    on_cloth = seen_points(things, parts, scale)
    on_paper(folder / f"{name}_cloth.png")

    # The wearer.
    bpy.ops.wm.read_factory_settings(use_empty=True)
    at = mh.shape(**spec["body"])
    pieces = [(n, WARDROBE[n], n == spec["garment"]) for n in spec["wears"]]
    hair = [("eyes", "HighPolyEyes"), ("eyebrows", "eyebrow001"), ("eyelashes", "Eyelashes01")] + ([("hair", spec["hair"])] if spec.get("hair") else [])
    parts, body = dressed(mh, at, POSES[spec["pose"]], pieces, hair)
    things, points = placed(parts, np.radians(spec.get("turn", 0)), mh.data / "skins" / SKINS[spec["skin"]])
    floor = min(p[1].at[np.unique(p[1].faces), 1].min() for p in parts)
    height = lambda bone: (body.at[mh.joints[f"{bone}____head"]].mean(0)[1] - floor) / 10
    joint = {"chin": height("head") + 0.02, "chest": height("spine02"), "knees": height("lowerleg01.L") - 0.12}
    middle, tall = frame(points, joint, spec.get("crop"))
    camera(middle, tall * WIDTH / HEIGHT, tall)
    for thing, image, shine, _ in things:
        thing.data.materials.append(material(thing.name, image, shine))
    backdrop()
    lit((0, 0, 0.9))
    render(folder / f"{name}_person.png", samples, scale, False)

    # The truth: the garment white, all else black; and the hands.
    for thing in [o for o in bpy.data.objects if o.name.startswith("ground")]:
        bpy.data.objects.remove(thing)
    if garment["kind"] == "top":
        with open(folder / "prints.csv", "a") as file:
            for corner in print_corners(on_cloth, seen_points(things, parts, scale)):
                file.write(",".join([name, *(f"{v:.1f}" for v in corner)]) + "\n")
    bpy.context.scene.view_settings.view_transform = "Raw"
    for truth in ("worn", "hands"):
        for (thing, image, _, worn), part in zip(things, parts):
            thing.data.materials[0] = material("truth", image, None, 1.0 if worn and truth == "worn" else 0.0)
            if part[0] == "skin" and truth == "hands":
                thing.data.materials.append(material("hands", image, None, 1.0))
                thing.data.polygons.foreach_set("material_index", on_hands(mh, part[1]).astype(np.int32))
        render(folder / f"{name}_{truth}.png", 8, scale, False)


def main():
    package, folder, samples, scale, *ids = sys.argv[sys.argv.index("--") + 1:]
    folder = pathlib.Path(folder)
    (folder / "kinds.csv").write_text("id,kind,half\n" + "".join(f"{p['id']},{p['kind']},{p['half']}\n" for p in PAIRS))
    prints = folder / "prints.csv"
    kept = [line for line in prints.read_text().splitlines()[1:] if ids and line.split(",")[0] not in ids] if prints.exists() else []
    prints.write_text("\n".join(["id,x_garment,y_garment,x_person,y_person", *kept]) + "\n")
    mh = MakeHuman(package)
    for spec in PAIRS:
        if not ids or spec["id"] in ids:
            print(f"pair {spec['id']}", flush=True)
            pair(mh, spec, folder, int(samples), float(scale))


main()
