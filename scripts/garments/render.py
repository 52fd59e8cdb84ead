"""Blender program: sews, drapes and photographs one sample garment on a transparent ground.

    blender -b --factory-startup -P scripts/garments/render.py -- NAME PICTURE.png LONG_SIDE SAMPLES SPACING_MM
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import bpy
import numpy as np
from mathutils import Vector

from cloth import Body, fall
from shape import Mesh, evenly
from surface import PIXEL, Panel
from wardrobe import WARDROBE

DISTANCE = 3.6  # m from camera to garment
MARGIN = 0.06  # of the garment's size, around it


def weights(sample, pattern, wanted):
    """By vertex: what a band along an edge asks for, fading out over 5 mm."""
    out = np.zeros(len(pattern.flat))
    for piece in sample.pieces:
        if piece.name not in wanted:
            continue
        reach, value = wanted[piece.name]
        for line, panel in ((piece.front, pattern.side <= 0), (piece.back, pattern.side > 0)):
            line = evenly(line, 0.004)
            both = np.vstack([line, line * [-1, 1]])
            d = np.sqrt(((pattern.flat[:, None] - both[None]) ** 2).sum(2)).min(1)
            out = np.where(panel, np.maximum(out, value * np.clip((reach - d) / 0.005 + 0.5, 0, 1)), out)
    return out


def image(name, pixels, is_data):
    """A picture in Blender; rows go upwards, as z does."""
    made = bpy.data.images.new(name, pixels.shape[1], pixels.shape[0], float_buffer=is_data, is_data=is_data)
    rgba = np.ones((*pixels.shape[:2], 4), np.float32)
    rgba[..., :3] = pixels if pixels.ndim == 3 else pixels[..., None]
    made.pixels.foreach_set((rgba if is_data else np.clip(rgba, 0, 1)).ravel())
    made.pack()
    return made


def fabric(color, height):
    material = bpy.data.materials.new("fabric")
    material.use_nodes = True
    nodes, link = material.node_tree.nodes, material.node_tree.links.new
    shader = nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = 0.85
    shader.inputs["Specular"].default_value = 0.15
    shader.inputs["Sheen"].default_value = 0.35
    pictures = [nodes.new("ShaderNodeTexImage") for _ in range(2)]
    pictures[0].image, pictures[1].image = color, height
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Distance"].default_value = 0.001  # heights are in millimeters
    link(pictures[0].outputs["Color"], shader.inputs["Base Color"])
    link(pictures[1].outputs["Color"], bump.inputs["Height"])
    link(bump.outputs["Normal"], shader.inputs["Normal"])
    return material


def cutout():
    material = bpy.data.materials.new("cutout")
    material.use_nodes = True
    nodes = material.node_tree.nodes
    hole = nodes.new("ShaderNodeHoldout")
    material.node_tree.links.new(hole.outputs[0], nodes["Material Output"].inputs["Surface"])
    return material


def lamp(location, size, watts, target):
    light = bpy.data.lights.new("lamp", "AREA")
    light.energy, light.size = watts, size
    thing = bpy.data.objects.new("lamp", light)
    thing.location = location
    thing.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(thing)


def main():
    name, picture, long_side, samples, spacing = sys.argv[sys.argv.index("--") + 1:]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    sample = WARDROBE[name]()
    rng = np.random.default_rng(15)
    pattern = Mesh(sample.pieces, float(spacing) / 1000)
    print(f"{name}: {len(pattern.flat)} vertices", flush=True)
    at = fall(Body(sample.body, pattern.flat), pattern, weights(sample, pattern, sample.tight),
              weights(sample, pattern, sample.stiff), sample.frames, lambda s: print(f"{name}: {s}", flush=True))

    # The panels' pictures side by side, front on the left.
    lo, hi = pattern.flat.min(0) - 0.01, pattern.flat.max(0) + 0.01
    panels = []
    for back in (False, True):
        panel = Panel(lo, hi, sample.color, rng)
        panel.yarn(sample.heather)
        sample.draw(panel, back, {p.name: p for p in sample.pieces})
        panels.append(panel)
    color = image("color", np.hstack([p.color for p in panels]), False)
    height = image("height", np.hstack([p.height for p in panels]), True)
    width, tall = panels[0].shape[1] * PIXEL, panels[0].shape[0] * PIXEL

    mesh = bpy.data.meshes.new("garment")
    mesh.from_pydata(at.tolist(), [], pattern.faces)
    uv = mesh.uv_layers.new()
    for polygon, back in zip(mesh.polygons, pattern.back_face):
        polygon.use_smooth = True
        polygon.material_index = 1 if back else 0
        for loop in polygon.loop_indices:
            x, z = pattern.flat[mesh.loops[loop].vertex_index] - lo
            uv.data[loop].uv = ((x / width + back) / 2, z / tall)
    mesh.materials.append(fabric(color, height))
    mesh.materials.append(mesh.materials[0] if sample.opaque_back else cutout())
    garment = bpy.data.objects.new("garment", mesh)
    bpy.context.collection.objects.link(garment)
    group = garment.vertex_groups.new(name="thick")
    # Hems are doubled. Where the back is cut out, a thick collar would leave its ends standing.
    bands = {p.name: (0.02, 1.0) for p in sample.pieces if not p.sewn and (sample.opaque_back or p.name != "neck")}
    for i, weight in enumerate(weights(sample, pattern, bands)):
        group.add([i], float(weight), "REPLACE")
    smooth = garment.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 1
    thick = garment.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset, thick.vertex_group, thick.thickness_vertex_group = 0.0024, -1, "thick", 0.3

    scene = bpy.context.scene
    lo3, hi3 = at.min(0), at.max(0)
    middle, size = (lo3 + hi3) / 2, hi3 - lo3
    scale = float(long_side) / max(size[0], size[2]) / (1 + 2 * MARGIN)
    scene.render.resolution_x, scene.render.resolution_y = (
        int(round((size[i] + 2 * MARGIN * max(size[0], size[2])) * scale)) for i in (0, 2))
    camera = bpy.data.cameras.new("camera")
    camera.sensor_fit = "HORIZONTAL" if size[0] > size[2] else "VERTICAL"
    camera.sensor_width = camera.sensor_height = 36
    camera.lens = 36 * (DISTANCE + lo3[1]) / (max(size[0], size[2]) * (1 + 2 * MARGIN))
    thing = bpy.data.objects.new("camera", camera)
    thing.location, thing.rotation_euler = (middle[0], -DISTANCE, middle[2]), (np.pi / 2, 0, 0)
    scene.collection.objects.link(thing)
    scene.camera = thing

    lamp((-2.1, -1.1, middle[2] + 1.3), 0.8, 92, middle)
    lamp((1.9, -1.5, middle[2] + 0.3), 1.6, 14, middle)
    lamp((0.3, -1.0, middle[2] - 1.6), 1.2, 5, middle)
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.20, 0.20, 0.21, 1)
    scene.world = world

    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = int(samples), False
    scene.cycles.max_bounces = 4
    scene.render.film_transparent = True
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = picture
    bpy.ops.render.render(write_still=True)


main()
