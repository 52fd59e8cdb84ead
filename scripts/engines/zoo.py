"""Times the zoo's graph networks in closet, PyTorch eager and onnxruntime, on formula weights, one thread, one picture.

    python zoo.py PROGRAM SHARED [ROUNDS] [NETWORK...]    PROGRAM: bench_network; needs torch, onnx, onnxruntime, safetensors

Each engine is a process of its own that waits between its turns, so that what counts is the processor time and the peak of memory of
that process and not what else runs. Eager is the definition in the reference data's check_*.py; onnxruntime runs torch's export of it.
"""
import ast, contextlib, os, pathlib, statistics, subprocess, sys, tempfile, types

NETWORKS = {  # name: (folder, check script, recipe, function, height, width)
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


def definition(shared, name):
    """The network as a function of a tensor, out of the check script's definitions; its checks are not run."""
    import numpy, torch
    folder, script, recipe, make, height, width = NETWORKS[name]
    path = shared / "fixtures" / folder / f"check_{script}.py"
    sys.argv, sys.path[:0] = [str(path)], [str(path.parent), str(shared / "fixtures/rtm")]
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if not isinstance(node, (ast.For, ast.If, ast.With))]
    module = types.ModuleType("check")
    module.__file__ = str(path)
    exec(compile(tree, str(path), "exec"), module.__dict__)
    import formula
    weights = {k: torch.from_numpy(numpy.array(v)) for k, v in formula.load_recipe(path.parent / f"recipe_{recipe}.json").items()}
    return eval(make)(module, weights), torch.randn(1, 3, height, width)


def work(shared, engine, name):
    """One engine: says "ready", then runs once for each line on stdin."""
    import torch
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    if engine == "eager":
        with contextlib.redirect_stdout(sys.stderr):
            network, picture = definition(shared, name)
        call = lambda: network(picture)
    else:
        import numpy, onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(engine, options, providers=["CPUExecutionProvider"])
        entry = session.get_inputs()[0]
        picture = numpy.random.default_rng(0).standard_normal(entry.shape).astype(numpy.float32)
        call = lambda: session.run(None, {entry.name: picture})
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

        def forward(self, x):
            return self.network(x)

    network, picture = definition(shared, name)
    torch.onnx.export(Module(network).eval(), (picture,), path, dynamo=False, opset_version=17)


class Engine:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"{command} did not start")

    def seconds(self):
        """Processor time of one call, in steps of 10 ms."""
        def spent():
            stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
            return sum(map(int, stat.rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")
        start = spent()
        print("1 1", file=self.process.stdin, flush=True)
        self.process.stdout.readline()
        return spent() - start

    def megabytes(self):
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main(program, shared, rounds, names):
    for name in names:
        folder, _, recipe, _, height, width = NETWORKS[name]
        with tempfile.TemporaryDirectory() as temporary:
            exported = f"{temporary}/{name}.onnx"
            me = [sys.executable, __file__, "--engine"]
            failed = subprocess.run([*me, "export", str(shared), name, exported], capture_output=True, text=True)
            engines = {"closet": Engine([program, f"{shared}/fixtures/{folder}/recipe_{recipe}.json@{height}x{width}", "own", "fp32", "1"]),
                       "eager": Engine([*me, "eager", str(shared), name])}
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
                print(f"| {name} | {engine} | {1e3 * min(values):.0f} / {1e3 * statistics.median(values):.0f} | "
                      f"closet / it: {min(samples['closet']) / min(values):.2f} / {ratio:.2f} | {engines[engine].megabytes():.0f} MB |", flush=True)
            for each in engines.values():
                each.process.stdin.close()
                each.process.wait()


if sys.argv[1] == "--engine":
    engine, shared, name = sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4]
    export(shared, name, sys.argv[5]) if engine == "export" else work(shared, engine, name)
else:
    rest = sys.argv[3:]
    count = int(rest.pop(0)) if rest and rest[0].isdigit() else 9
    main(sys.argv[1], pathlib.Path(sys.argv[2]), count, rest or list(NETWORKS))
