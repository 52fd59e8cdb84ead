"""Times the zoo's networks in closet, PyTorch eager and onnxruntime, on formula weights, one picture.

    python zoo.py FOLDER SHARED [ROUNDS [THREADS]] [NETWORK...]
FOLDER has bench_network and bench_functional, SHARED is ../shared; needs torch, onnx, onnxruntime, safetensors, pillow
(bench_network runs a picture on one thread, whatever THREADS says).

Each engine is a process of its own that waits between its turns, so that what counts is the processor time and the peak of memory of
that process and not what else runs. Eager is the definition in the reference data's check_*.py; onnxruntime runs torch's export of it.
"""
import ast, contextlib, pathlib, statistics, subprocess, sys, tempfile, time, types

GRAPHS = {  # name: (folder, check script, recipe, function, height, width)
    "hrnet-w32": ("zoo-pose-face", "hrnet", "hrnet_w32", "lambda m, w: m.Net(w)", 256, 192),
    "hrnet-w48-384x288": ("zoo-pose-face", "hrnet", "hrnet_w48_384x288", "lambda m, w: m.Net(w)", 384, 288),
    "openpose": ("zoo-pose-face", "openpose_body", "openpose_body", "lambda m, w: lambda x: tuple(m.network(w, x))", 368, 368),
    "deeplab-mobilenet": ("zoo-segmentation", "deeplabv3plus", "deeplabv3plus_mobilenet_voc",
                          "lambda m, w: lambda x: m.forward(w, x)[1]['semantic']", 513, 513),
    "deeplab-resnet101": ("zoo-segmentation", "deeplabv3plus", "deeplabv3plus_resnet101_voc",
                          "lambda m, w: lambda x: m.forward(w, x)[1]['semantic']", 513, 513),
    "graphonomy": ("zoo-segmentation", "graphonomy", "graphonomy_cihp",
                   "lambda m, w: (lambda a, t: lambda x: m.forward(w, x, *a, t)[0])(m.adjacency(), "
                   "m.tensors('graphonomy_cihp_expected.safetensors')['adj_transfer'])", 512, 512),
    "u2net": ("zoo-segmentation", "u2net", "u2net", "lambda m, w: lambda x: m.forward(w, x)[0][0].sigmoid()", 320, 320),
    "u2netp": ("zoo-segmentation", "u2net", "u2netp", "lambda m, w: lambda x: m.forward(w, x)[0][0].sigmoid()", 320, 320),
}

CLIP = "(lambda k: k.update(w) or k)(m.Lazy(m.P('recipe_clip_vit_b32.json')))"
ALIAS = "lambda m, w: lambda x, s, d, i: m.alias_net(w, x, s, d, i, True)[0]"
FUNCTIONS = {  # name: (folder, check script, recipe, function, inputs, part of bench_functional)
    "clip-picture": ("zoo-pose-face", "clip", "clip_vit_b32", f"lambda m, w: (lambda k: lambda x: m.image(k, x, {{}}))({CLIP})",
                     "noise(3, 224, 224)", "picture"),
    "clip-text": ("zoo-pose-face", "clip", "clip_vit_b32", f"lambda m, w: (lambda k: lambda x: m.text(k, x, {{}}))({CLIP})",
                  "(torch.cat([torch.randint(1, 49407, (1, 76)), torch.tensor([[49407]])], 1),)", "text"),
    "mobile-sam-encoder": ("zoo-segmentation", "mobile_sam", "mobile_sam", "lambda m, w: lambda x: m.encode(w, x)[0]",
                           "noise(3, 1024, 1024)", "encoder"),
    "mobile-sam-decoder": ("zoo-segmentation", "mobile_sam", "mobile_sam", "lambda m, w: lambda e, s, d: m.decode(w, e, s, d)",
                           "noise(256, 64, 64) + (torch.randn(1, 2, 256),) + noise(256, 64, 64)", "decoder"),
    "gfpgan": ("zoo-tryon", "gfpgan", "gfpgan_v1_4", "lambda m, w: lambda x: m.net(w, x, 512, m.chans(1, 2))[0]", "noise(3, 512, 512)", "-"),
    "cp-vton-gmm": ("zoo-tryon", "cpvton_gmm", "cpvton_gmm", "lambda m, w: lambda a, c: m.network(w, a, c)[0]",
                    "noise(22, 256, 192) + noise(3, 256, 192)", "-"),
    "cp-vton-tom": ("zoo-tryon", "cpvton_tom", "cpvton_tom", "lambda m, w: lambda x: m.unet(w, x)[0]", "noise(25, 256, 192)", "-"),
    "viton-hd-seg": ("zoo-tryon", "vitonhd", "vitonhd_seg", "lambda m, w: lambda x: m.seg_net(w, x)[0]", "noise(21, 256, 192)", "-"),
    "viton-hd-alias-384x256": ("zoo-tryon", "vitonhd", "vitonhd_alias", ALIAS, "segments(m, 384, 256)", "384x256"),
    "viton-hd-alias-1024x768": ("zoo-tryon", "vitonhd", "vitonhd_alias", ALIAS, "segments(m, 1024, 768)", "1024x768"),
}
NETWORKS = GRAPHS | {name: (*row[:4], None, None) for name, row in FUNCTIONS.items()}


def noise(channels, height, width):
    import torch
    return (torch.rand(1, channels, height, width) * 2 - 1,)


def segments(m, height, width):
    """What the ALIAS generator sees of the reference data's person; the picture is noise."""
    import torch
    stored = m.load_file(m.P("vitonhd_alias_input.safetensors"))
    at = lambda plane: torch.nn.functional.interpolate(plane.float()[None, None], size=(height, width))
    seg = torch.cat([(at(stored["label7_u8"]) == j).float() for j in range(7)], 1)
    mis = (seg[:, 2:3] - at(stored["warped_mask_u8"]) / 255).clamp(min=0)
    div = torch.cat([seg, mis], 1)
    div[:, 2:3] -= mis
    return noise(9, height, width) + (seg, div, mis)


def ready_for_export(module, weights, exports):
    """The same in what torch.onnx knows, and with PyTorch's own instance normalization, which is faster (but not in float64)."""
    import torch
    F = torch.nn.functional
    if hasattr(module, "inorm") and not (exports and any(key.endswith(".weight_orig") for key in weights)):
        module.inorm = F.instance_norm
    if hasattr(module, "ln2d"):
        sizes = {key: tuple(value.shape) for key, value in weights.items()}
        module.ln = lambda w, p, x: F.layer_norm(x, sizes[p + ".weight"], w[p + ".weight"], w[p + ".bias"], 1e-5)
    for key in [key for key in weights if key.endswith(".weight_orig")]:  # spectral normalization
        base, filters = key.removesuffix("_orig"), weights[key]
        weights[base] = filters / torch.dot(weights[base + "_u"], filters.reshape(len(filters), -1) @ weights[base + "_v"])


def definition(shared, name, exports=False):
    """The network as a function and its inputs, out of the check script's definitions; its checks are not run."""
    import numpy, torch
    folder, script, recipe, make, height, width = NETWORKS[name]
    path = shared / "fixtures" / folder / f"check_{script}.py"
    sys.argv, sys.path[:0] = [str(path)], [str(path.parent), str(shared / "fixtures/rtm")]
    tree = ast.parse(path.read_text())
    # Definitions, and above the last of these what they use.
    end = max(i for i, node in enumerate(tree.body) if isinstance(node, ast.FunctionDef)) + 1
    tree.body = [node for node in tree.body[:end] if not isinstance(node, (ast.For, ast.If, ast.With))]
    module = types.ModuleType("check")
    module.__file__ = str(path)
    exec(compile(tree, str(path), "exec"), module.__dict__)
    import formula
    weights = {k: torch.from_numpy(numpy.array(v)) for k, v in formula.load_recipe(path.parent / f"recipe_{recipe}.json").items()}
    ready_for_export(module, weights, exports)
    inputs = eval(FUNCTIONS[name][4], globals(), {"torch": torch, "m": module}) if name in FUNCTIONS else (torch.randn(1, 3, height, width),)
    return eval(make)(module, weights), inputs


def work(shared, engine, name, threads):
    """One engine: says "ready", then runs once for each line on stdin."""
    import torch
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    if engine == "eager":
        with contextlib.redirect_stdout(sys.stderr):
            network, inputs = definition(shared, name)
        call = lambda: network(*inputs)
    else:
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        session = onnxruntime.InferenceSession(engine, options, providers=["CPUExecutionProvider"])
        inputs = torch.load(engine + ".inputs")
        feed = {entry.name: tensor.numpy() for entry, tensor in zip(session.get_inputs(), inputs)}
        call = lambda: session.run(None, feed)
    print("ready", flush=True)
    for _ in sys.stdin:
        call()
        print("done", flush=True)


def export(shared, name, path):
    import torch

    class Module(torch.nn.Module):
        def __init__(self, network):
            super().__init__()
            self.network = network

        def forward(self, *inputs):
            return self.network(*inputs)

    torch.set_grad_enabled(False)
    network, inputs = definition(shared, name, exports=True)
    torch.onnx.export(Module(network).eval(), inputs, path, dynamo=False, opset_version=17)
    torch.save(inputs, path + ".inputs")


class Engine:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"{command} did not start")

    def seconds(self):
        """Processor time of one call, all threads."""
        clock = ~self.process.pid << 3 | 2  # as clock_getcpuclockid makes it
        start = time.clock_gettime(clock)
        print("1 1", file=self.process.stdin, flush=True)
        self.process.stdout.readline()
        return time.clock_gettime(clock) - start

    def megabytes(self):
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main(programs, shared, rounds, threads, names):
    for name in names:
        folder, _, recipe, _, height, width = NETWORKS[name]
        with tempfile.TemporaryDirectory() as temporary:
            exported = f"{temporary}/{name}.onnx"
            me = [sys.executable, __file__, "--engine", str(threads)]
            file = f"{shared}/fixtures/{folder}/recipe_{recipe}.json"
            own = ([f"{programs}/bench_functional", file, FUNCTIONS[name][5], str(threads)] if name in FUNCTIONS else
                   [f"{programs}/bench_network", f"{file}@{height}x{width}", "own", "fp32", "1"])
            failed = subprocess.run([*me, "export", str(shared), name, exported], capture_output=True, text=True)
            engines = {"closet": Engine(own), "eager": Engine([*me, "eager", str(shared), name])}
            if failed.returncode == 0:
                engines["onnxruntime"] = Engine([*me, exported, str(shared), name])
            else:
                print(f"{name}: no export: {failed.stderr.strip().splitlines()[-1]}")
            samples = {engine: [] for engine in engines}
            for number in range(rounds + 2):
                for engine, each in engines.items():
                    seconds = each.seconds()
                    if number > 1:  # the first calls build and allocate
                        samples[engine].append(seconds)
            for engine, values in samples.items():
                ratio = statistics.median(a / b for a, b in zip(samples["closet"], values))
                print(f"| {name} | {engine} | {1e3 * min(values):.1f} / {1e3 * statistics.median(values):.1f} | "
                      f"closet / it: {min(samples['closet']) / min(values):.2f} / {ratio:.2f} | {engines[engine].megabytes():.0f} MB |", flush=True)
            for each in engines.values():
                each.process.stdin.close()
                each.process.wait()


if sys.argv[1] == "--engine":
    threads, engine, shared, name = int(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4]), sys.argv[5]
    export(shared, name, sys.argv[6]) if engine == "export" else work(shared, engine, name, threads)
else:
    rest = sys.argv[3:]
    number = lambda default: int(rest.pop(0)) if rest and rest[0].isdigit() else default
    main(sys.argv[1], pathlib.Path(sys.argv[2]), number(9), number(1), rest or list(NETWORKS))
