"""Times engines against each other; run through scripts/bench-engines."""
import argparse, concurrent.futures, json, os, pathlib, platform, statistics, subprocess, sys, tempfile, time

import numpy as np
import onnxruntime
import openvino
from ai_edge_litert.interpreter import Interpreter
from safetensors.numpy import load_file, save_file

import rtm_onnx

BASE = "onnxruntime"


class Threads:
    """`calls` workers that each run a call `repeat` times; the wall time of the whole."""

    def __init__(self, calls):
        self.calls, self.pool = calls, concurrent.futures.ThreadPoolExecutor(calls)

    def time(self, call, repeat):
        def work(worker):
            for _ in range(repeat):
                call(worker)
        start = time.perf_counter()
        list(self.pool.map(work, range(self.calls)))
        return time.perf_counter() - start


class OnnxRuntime:
    def __init__(self, model, _shape, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.threads = threads
        self.sessions = [onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
                         for _ in range(threads.calls)]

    def time(self, inputs, repeat):
        return self.threads.time(lambda worker: self.sessions[worker].run(None, {"input": inputs}), repeat)


class OnnxFile(OnnxRuntime):
    """A file as it is: its input has a name of its own, and may have its channels last. One picture a call."""

    def time(self, inputs, repeat):
        entry = self.sessions[0].get_inputs()[0]
        last = entry.shape[1] not in (1, 3)
        pictures = [np.ascontiguousarray(x[None].transpose(0, 2, 3, 1) if last else x[None]) for x in inputs]

        def call(worker):
            for picture in pictures:
                self.sessions[worker].run(None, {entry.name: picture})
        return self.threads.time(call, repeat)


class OpenVino:
    def __init__(self, model, _shape, threads, precision):
        core, self.threads, self.requests = openvino.Core(), threads, {}
        self.model = core.read_model(model)
        self.compile = lambda: core.compile_model(self.model, "CPU", {
            "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision,
            "ENABLE_CPU_PINNING": False})  # pinned, all calls would share one core

    def time(self, inputs, repeat):
        if inputs.shape[0] not in self.requests:  # a fixed shape is the faster one
            self.model.reshape(inputs.shape)
            self.requests[inputs.shape[0]] = [self.compile().create_infer_request() for _ in range(self.threads.calls)]
        requests = self.requests[inputs.shape[0]]
        return self.threads.time(lambda worker: requests[worker].infer({0: inputs}), repeat)


class LiteRt:
    """One picture a call: the file's batch is 1."""

    def __init__(self, path, threads):
        self.threads = threads
        self.interpreters = [Interpreter(str(path), num_threads=1) for _ in range(threads.calls)]
        for each in self.interpreters:
            each.allocate_tensors()
        self.input = self.interpreters[0].get_input_details()[0]["index"]

    def time(self, inputs, repeat):
        pictures = [np.ascontiguousarray(picture.transpose(1, 2, 0)[None]) for picture in inputs]

        def call(worker):
            for picture in pictures:
                self.interpreters[worker].set_tensor(self.input, picture)
                self.interpreters[worker].invoke()
        return self.threads.time(call, repeat)


class Closet:
    """bench_network in a process of its own, which waits for a line between measurements."""

    def __init__(self, program, path, calls, backend, precision):
        self.process = subprocess.Popen([program, path, backend, precision, str(calls)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":  # it has said why
            sys.exit(f"{program} {path} {backend} {precision} did not start")

    def time(self, inputs, repeat):
        print(inputs.shape[0], repeat, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def engines_for(name, arguments, threads, folder):
    """Shape of the input, and the engines by name."""
    rtm = arguments.shared / "fixtures/rtm"
    if ".onnx" in name:
        path, _, size = name.partition("@")
        size = tuple(map(int, size.split("x"))) if size else onnxruntime.InferenceSession(path).get_inputs()[0].shape[2:4]
        shape, engines, path = (3, *size), {BASE: OnnxFile(path, None, threads)}, name
    elif name == "blazepose":
        shape, path = (3, 256, 256), arguments.blazepose
        engines = {"LiteRT": LiteRt(path, threads)}
    else:
        detector = name.startswith("rtmdet")
        size = 640 if name == "rtmdet-m" else 320
        shape = (3, size, size) if detector else (3, 256, 192)
        sys.path.insert(0, str(rtm))
        import formula
        weights = (load_file(rtm / "rtmdet_nano_person.safetensors") if name == "rtmdet-nano" else
                   formula.load_recipe(rtm / f"recipe_{name.replace('-', '_')}{'_random' if detector else ''}.json"))
        path = folder / f"{name}.safetensors"
        save_file({key: np.ascontiguousarray(value) for key, value in weights.items()}, path)
        model = rtm_onnx.rtmdet(weights, size) if detector else rtm_onnx.rtmpose(weights)
        engines = {BASE: OnnxRuntime(model, shape, threads), "OpenVINO f32": OpenVino(model, shape, threads, "f32"),
                   "OpenVINO bf16": OpenVino(model, shape, threads, "bf16")}
    for backend, precision in (("own", "fp32"), ("own", "bf16"), ("own", "int8"), ("aten", "fp32"), ("aten", "bf16")):
        if precision in arguments.unserved:
            continue
        engines[f"closet {backend} {precision}"] = Closet(arguments.program, path, threads.calls, backend, precision)
    return shape, engines


def measure(engines, shape, batch, rounds):
    """Seconds a crop on each worker, by engine, a value a round."""
    inputs = np.random.default_rng(0).standard_normal((batch, *shape)).astype(np.float32)
    repeat = max(1, 8 // batch)
    samples = {name: [] for name in engines}
    for engine in engines.values():  # first calls build and allocate
        for _ in range(3):
            engine.time(inputs, repeat)
    order = list(engines)
    for number in range(rounds):
        for name in order[number % len(order):] + order[:number % len(order)]:
            samples[name].append(engines[name].time(inputs, repeat) / (repeat * batch))
    return samples


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--blazepose", type=pathlib.Path, required=True)
    parser.add_argument("--models", default="rtmpose-s,rtmdet-nano,blazepose",
                        help="names, or .onnx files, with @HEIGHTxWIDTH where they leave that open")
    parser.add_argument("--batch", default="1,5,8")
    parser.add_argument("--calls", type=int, default=os.cpu_count(), help="concurrent one-thread calls")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    versions = {"onnxruntime": onnxruntime.__version__, "openvino": openvino.__version__, "python": platform.python_version()}
    path = subprocess.run([arguments.program, "--cpu"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    arguments.unserved = {"avx512bf16": (), "generic": ("bf16", "int8")}.get(path, ("bf16",))
    for precision in arguments.unserved:
        print(f"closet {precision} is left out: this processor has no instructions for it, only {path}")
    results = []
    print(f"{arguments.calls} concurrent calls of one thread each, {arguments.rounds} rounds, load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.models.split(","):
            threads = Threads(arguments.calls)
            shape, engines = engines_for(name, arguments, threads, pathlib.Path(folder))
            base = next(iter(engines))
            for batch in map(int, arguments.batch.split(",")):
                samples = measure(engines, shape, batch, arguments.rounds)
                print(f"\n{name}, batch {batch}: ms a crop and core, median / minimum; ratio to {base}, median of the rounds\n")
                for engine, values in samples.items():
                    ratio = statistics.median(a / b for a, b in zip(values, samples[base]))
                    print(f"| {engine} | {1e3 * statistics.median(values):.2f} / {1e3 * min(values):.2f} | {ratio:.2f} |", flush=True)
                results.append({"model": name, "batch": batch, "seconds": samples})
    if arguments.out:
        context = {"calls": arguments.calls, "versions": versions, "machine": platform.processor() or platform.machine()}
        arguments.out.write_text(json.dumps({"context": context, "results": results}, indent=1))


main()
